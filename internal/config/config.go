// Package config owns the configuration of a node: its keys with their defaults and
// limits, and the JSON that they are read from.
package config

import (
	"netmeshos/internal/fault"
)

// CapacityLimit is the first capacity that is refused. It comes from the reference
// library, where the slots of a longer queue can't be addressed.
const CapacityLimit = 1 << 61

// What OnProcessFailure may be.
const (
	Skip    = "skip"    // a daemon that fails continues with the next event
	Restart = "restart" // a daemon that fails again waits, and any that fails is restored from its last snapshot
)

// Config is the configuration of a node. In every field 0, or the empty string, means the
// default. Times are in milliseconds; a time of more than 292 years counts as forever. The
// JSON keys are those of net_meshos_ext_sdk_start.
type Config struct {
	// ThisNode is the id of this node. Default: 0.
	ThisNode uint64

	// TickIntervalMS is the time between two probes of the daemons' health and
	// saturation, in milliseconds. Default: 500.
	TickIntervalMS uint64

	// EventQueueCapacity is how many log lines may wait for the supervisor before
	// the next is refused. Default: 1,024.
	EventQueueCapacity uint64

	// ActionQueueCapacity is checked but has no effect: the supervisor's decisions go to
	// the daemons at once, so there is no queue to bound. In actions; default: 1,024.
	ActionQueueCapacity uint64

	// ControlCapacity is how many control events may wait in one daemon's mailbox
	// before new ones are dropped. Default: 8.
	ControlCapacity uint64

	// InboxCapacity is how many events may wait for one daemon before posts are
	// refused. Default: 65,536.
	InboxCapacity uint64

	// MaxPayloadBytes is the longest payload that Deliver and Post accept, in
	// bytes. Default: 64 MiB.
	MaxPayloadBytes uint64

	// MaxMessageBytes is the longest log line, and the longest name of a daemon, in bytes.
	// Default: 16 MiB.
	MaxMessageBytes uint64

	// OnProcessFailure is what happens to a daemon that can't process an event:
	// Skip or Restart. Default: Skip.
	OnProcessFailure string

	// SnapshotIntervalMS is how long after an event a daemon's state is taken at the
	// latest, in milliseconds. Default: 0, never.
	SnapshotIntervalMS uint64

	// SnapshotEvents is after how many events a daemon's state is taken. Default: 0,
	// never.
	SnapshotEvents uint64

	// StateDir is the folder in which each state is saved that is taken, and from which
	// the next process restores it. Default: none.
	StateDir string

	// BackoffFirstMS is the wait before the restart after a first failure, in
	// milliseconds. Default: 0, which restarts at once.
	BackoffFirstMS uint64

	// BackoffInitialMS is the wait before the restart after a second failure, in
	// milliseconds. Default: 500.
	BackoffInitialMS uint64

	// BackoffMaxMS is the longest wait before a restart, in milliseconds. From the third
	// failure on, each wait is twice as long as the one before. Default: 60,000.
	BackoffMaxMS uint64

	// CrashLoopThreshold is how many failures within CrashLoopWindowMS make a crash
	// loop. Default: 5.
	CrashLoopThreshold uint64

	// CrashLoopWindowMS is how long a failure counts towards
	// CrashLoopThreshold, in milliseconds. Default: 60,000.
	CrashLoopWindowMS uint64

	// CrashLoopCooldownMS is how long a daemon that crash-loops is held, in
	// milliseconds. Default: 300,000.
	CrashLoopCooldownMS uint64

	// StableRunMS is how long a daemon must run without a failure for its earlier
	// failures to be forgotten, so that the next one is a first one, in milliseconds.
	// Default: 60,000.
	StableRunMS uint64

	// DrainDeadlineMS is how long EnterMaintenance(0) may drain, in
	// milliseconds. Default: 600,000.
	DrainDeadlineMS uint64

	// RecoveryRampMS is how long the node stays in Recovery, in milliseconds.
	// Default: 300,000.
	RecoveryRampMS uint64

	// BackpressureOn is how many waiting events turn backpressure on. Default:
	// 1,000, or 80 % of InboxCapacity if that is less.
	BackpressureOn uint64

	// BackpressureOff is the number of waiting events below which backpressure is
	// turned off; not above BackpressureOn. Default: 200, or 20 % of InboxCapacity if
	// that is less.
	BackpressureOff uint64

	// WatchdogMS is how long a callback may run before it is overdue, in
	// milliseconds. Default: 5,000.
	WatchdogMS uint64

	// Mesh is the mesh that the node is part of. Default: none.
	Mesh *Mesh
}

// Overlay returns c with the fields of over that are not zero.
func (c Config) Overlay(over Config) Config {
	for _, k := range numbers {
		replace(k.field(&c), *k.field(&over))
	}
	for _, k := range words {
		replace(k.field(&c), *k.field(&over))
	}
	for _, k := range texts {
		replace(k.field(&c), *k.field(&over))
	}
	replace(&c.Mesh, over.Mesh)
	return c
}

// Complete checks a configuration and fills in the defaults. Errors: runtime_panic for a
// capacity of CapacityLimit or more, otherwise invalid_argument. The control capacity is
// not checked here but when a daemon is registered, as in the reference library.
func Complete(c Config) (Config, *fault.Error) {
	for _, k := range numbers {
		if k.max == CapacityLimit-1 && k.name != controlCapacity {
			if err := CheckCapacity(k.name, *k.field(&c)); err != nil {
				return c, err
			}
		}
	}
	defaults := c
	for _, k := range numbers {
		*k.field(&defaults) = k.fallback
	}
	for _, k := range words {
		*k.field(&defaults) = k.fallback
	}
	c = defaults.Overlay(c)
	for _, k := range words {
		if err := k.check(*k.field(&c)); err != nil {
			return c, err
		}
	}
	if c.Mesh != nil {
		m, wrong := completeMesh(*c.Mesh)
		if wrong != nil {
			return c, wrong.err
		}
		c.Mesh = m
	}
	return c, c.completeMarks()
}

// CheckCapacity refuses a capacity that no queue can have, with runtime_panic. name is the
// key.
func CheckCapacity(name string, capacity uint64) *fault.Error {
	if capacity < CapacityLimit {
		return nil
	}
	return fault.New(fault.RuntimePanic, "%s is %d, but no queue can hold 2^61 or more: pass a smaller one, or 0 for the default", name, capacity)
}

// completeMarks fills in the marks of backpressure, which depend on the inbox capacity.
func (c *Config) completeMarks() *fault.Error {
	high, low := c.BackpressureOn, c.BackpressureOff
	if high == 0 {
		high = max(1, min(highMark, share(c.InboxCapacity, 80)))
	}
	if low == 0 {
		low = max(1, min(lowMark, share(c.InboxCapacity, 20), high))
	}
	if low > high {
		return fault.New(fault.InvalidArgument, "backpressure_off is %d, but must not be greater than backpressure_on, %d", low, high)
	}
	c.BackpressureOn, c.BackpressureOff = high, low
	return nil
}

// share returns percent % of n, rounded down, without overflow.
func share(n, percent uint64) uint64 { return n/100*percent + n%100*percent/100 }

// replace sets a field unless the value is zero.
func replace[T comparable](field *T, value T) {
	var none T
	if value != none {
		*field = value
	}
}
