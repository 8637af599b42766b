package meshos

import "netmeshos/internal/config"

// Config is the configuration of an SDK. In every field 0, or the empty string, means the
// default.
type Config = config.Config

// CapacityLimit is the first capacity that is refused.
const CapacityLimit = config.CapacityLimit

// What Config.OnProcessFailure may be.
const (
	Skip    = config.Skip    // a daemon that fails continues with the next event
	Restart = config.Restart // a daemon that fails again waits, and any that fails is restored from its last snapshot
)

// ParseConfig reads a configuration from one JSON object. All keys are optional. Every
// error is invalid_argument and names the key.
func ParseConfig(text []byte) (Config, error) {
	c, err := config.Parse(text)
	return c, asError(err)
}

// ReadConfig is ParseConfig for a file. Every error is config_invalid.
func ReadConfig(path string) (Config, error) {
	c, err := config.Read(path)
	return c, asError(err)
}
