package meshos

import "netmeshos/internal/config"

// Config says how an SDK runs. In every field 0, or the empty string, means the default.
type Config = config.Config

// CapacityLimit is the first capacity that is refused.
const CapacityLimit = config.CapacityLimit

// What Config.OnProcessFailure may be.
const (
	Skip    = config.Skip    // a daemon that fails goes on with the next event
	Restart = config.Restart // it is restored from its last snapshot, after a wait
)

// ParseConfig reads a configuration from one JSON object whose keys are all optional.
// Every error is invalid_argument and names the key.
func ParseConfig(text []byte) (Config, error) {
	c, err := config.Parse(text)
	return c, asError(err)
}

// ReadConfig is ParseConfig of a file. Every error is config_invalid.
func ReadConfig(path string) (Config, error) {
	c, err := config.Read(path)
	return c, asError(err)
}
