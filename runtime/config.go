package meshos

import (
	"math"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/config"
	"netmeshos/internal/supervisor"
)

// Config says how an SDK runs. In every field 0, or the empty string, means the
// default.
type Config = config.Config

// CapacityLimit is the first capacity that is refused.
const CapacityLimit = config.CapacityLimit

// What OnProcessFailure may be.
const (
	Skip    = config.Skip    // a daemon that fails goes on with the next event
	Restart = config.Restart // it is restored from its last snapshot, after a wait
)

// ParseConfig reads a configuration from one JSON object whose keys are all
// optional. Every error is invalid_argument and names the key.
func ParseConfig(text []byte) (Config, error) {
	c, err := config.Parse(text)
	return c, asError(err)
}

// ReadConfig is ParseConfig of a file. Every error is config_invalid.
func ReadConfig(path string) (Config, error) {
	c, err := config.Read(path)
	return c, asError(err)
}

func complete(c Config) (Config, *Error) { return config.Complete(c) }

func checkCapacity(name string, capacity uint64) *Error { return config.CheckCapacity(name, capacity) }

func backoffOf(c Config) actor.BackoffConfig {
	return actor.BackoffConfig{
		Initial:   supervisor.Interval(c.BackoffInitialMS),
		Max:       supervisor.Interval(c.BackoffMaxMS),
		Threshold: int(min(c.CrashLoopThreshold, math.MaxInt32)),
		Window:    supervisor.Interval(c.CrashLoopWindowMS),
		Cooldown:  supervisor.Interval(c.CrashLoopCooldownMS),
		Stable:    supervisor.Interval(c.StableRunMS),
	}
}

// watchInterval is how often to look for overdue callbacks: a few times within
// the time that they have, and not more often than a machine would notice.
func watchInterval(c Config) time.Duration {
	return min(max(supervisor.Interval(c.WatchdogMS)/4, 5*time.Millisecond), time.Second)
}
