package config

import (
	"math"
	"slices"
	"strings"

	"netmeshos/internal/fault"
)

// The rows below define the keys, in one table for numbers and one for words: parsing,
// limits, defaults and messages all come from them. Besides its row, a key has a field in
// Config, which documents it, and a line in net_meshos_ext.h.

// number is a key whose value is a whole number.
type number struct {
	name     string
	field    func(*Config) *uint64
	fallback uint64 // the default; 0: that, or it depends on other fields
	max      uint64 // the greatest value that is accepted
}

var numbers = []number{
	{"this_node", func(c *Config) *uint64 { return &c.ThisNode }, 0, math.MaxUint64},
	{"tick_interval_ms", func(c *Config) *uint64 { return &c.TickIntervalMS }, 500, math.MaxUint64},
	{"event_queue_capacity", func(c *Config) *uint64 { return &c.EventQueueCapacity }, 1_024, CapacityLimit - 1},
	{"action_queue_capacity", func(c *Config) *uint64 { return &c.ActionQueueCapacity }, 1_024, CapacityLimit - 1},
	{controlCapacity, func(c *Config) *uint64 { return &c.ControlCapacity }, 8, CapacityLimit - 1},
	{"inbox_capacity", func(c *Config) *uint64 { return &c.InboxCapacity }, 65_536, CapacityLimit - 1},
	{"max_payload_bytes", func(c *Config) *uint64 { return &c.MaxPayloadBytes }, 64 << 20, math.MaxInt64},
	{"max_message_bytes", func(c *Config) *uint64 { return &c.MaxMessageBytes }, 16 << 20, math.MaxInt64},
	{"snapshot_interval_ms", func(c *Config) *uint64 { return &c.SnapshotIntervalMS }, 0, math.MaxUint64},
	{"snapshot_events", func(c *Config) *uint64 { return &c.SnapshotEvents }, 0, math.MaxInt32},
	{"backoff_first_ms", func(c *Config) *uint64 { return &c.BackoffFirstMS }, 0, math.MaxUint64},
	{"backoff_initial_ms", func(c *Config) *uint64 { return &c.BackoffInitialMS }, 500, math.MaxUint64},
	{"backoff_max_ms", func(c *Config) *uint64 { return &c.BackoffMaxMS }, 60_000, math.MaxUint64},
	{"crash_loop_threshold", func(c *Config) *uint64 { return &c.CrashLoopThreshold }, 5, math.MaxInt32},
	{"crash_loop_window_ms", func(c *Config) *uint64 { return &c.CrashLoopWindowMS }, 60_000, math.MaxUint64},
	{"crash_loop_cooldown_ms", func(c *Config) *uint64 { return &c.CrashLoopCooldownMS }, 300_000, math.MaxUint64},
	{"stable_run_ms", func(c *Config) *uint64 { return &c.StableRunMS }, 60_000, math.MaxUint64},
	{"drain_deadline_ms", func(c *Config) *uint64 { return &c.DrainDeadlineMS }, 600_000, math.MaxUint64},
	{"recovery_ramp_ms", func(c *Config) *uint64 { return &c.RecoveryRampMS }, 300_000, math.MaxUint64},
	{"backpressure_on", func(c *Config) *uint64 { return &c.BackpressureOn }, 0, math.MaxInt64},
	{"backpressure_off", func(c *Config) *uint64 { return &c.BackpressureOff }, 0, math.MaxInt64},
	{"watchdog_ms", func(c *Config) *uint64 { return &c.WatchdogMS }, 5_000, math.MaxUint64},
}

const controlCapacity = "control_capacity"

// The default marks of backpressure, for an inbox that is large enough.
const (
	highMark = 1_000
	lowMark  = 200
)

// word is a key whose value is one of a few strings. A switch is one as well, such as
// "on" and "off": the empty string can stand for its default, and false couldn't.
type word struct {
	name     string
	field    func(*Config) *string
	fallback string // the default
	allowed  []string
}

var words = []word{
	{"on_process_failure", func(c *Config) *string { return &c.OnProcessFailure }, Skip, []string{Skip, Restart}},
}

// text is a key whose value is any string without a NUL byte.
type text struct {
	name  string
	field func(*Config) *string
}

var texts = []text{
	{"state_dir", func(c *Config) *string { return &c.StateDir }},
}

// check refuses a value that is not allowed. It is for values that a program has set.
func (w word) check(value string) *fault.Error {
	if slices.Contains(w.allowed, value) {
		return nil
	}
	return fault.New(fault.InvalidArgument, "%s is %q, but must be %s", w.name, fault.Shorten(value), w.choice())
}

// choice returns the allowed strings, for messages.
func (w word) choice() string { return `"` + strings.Join(w.allowed, `" or "`) + `"` }

// keyNames returns all keys, for messages.
func keyNames() []string {
	var names []string
	for _, k := range numbers {
		names = append(names, k.name)
	}
	for _, k := range words {
		names = append(names, k.name)
	}
	for _, k := range texts {
		names = append(names, k.name)
	}
	return append(names, meshKey)
}
