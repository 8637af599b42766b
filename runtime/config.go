package meshos

import (
	"math"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/supervisor"
)

// Defaults of Config. Those of the first three are from net_meshos_sdk_start in
// net_meshos.h, the others from net_meshos_ext.h.
const (
	DefaultTickIntervalMS     = 500
	DefaultEventQueueCapacity = 1024
	DefaultControlCapacity    = control.DefaultCapacity

	DefaultInboxCapacity       = 65_536
	DefaultMaxPayloadBytes     = 64 << 20
	DefaultBackoffInitialMS    = 500
	DefaultBackoffMaxMS        = 60_000
	DefaultCrashLoopThreshold  = 5
	DefaultCrashLoopWindowMS   = 60_000
	DefaultCrashLoopCooldownMS = 300_000
	DefaultStableRunMS         = 60_000
	DefaultDrainDeadlineMS     = 600_000
	DefaultRecoveryRampMS      = 300_000
	DefaultBackpressureOn      = 1_000
	DefaultBackpressureOff     = 200
	DefaultWatchdogMS          = 5_000
)

// CapacityLimit is the first capacity that is refused. It is that of the
// reference library, where a queue of so many slots can't be addressed.
const CapacityLimit = 1 << 61

// What OnProcessFailure may be.
const (
	Skip    = "skip"    // a daemon that fails goes on with the next event
	Restart = "restart" // it is restored from its last snapshot, after a wait
)

// Config says how an SDK runs. In every field 0, or the empty string, means the
// default. Times are in milliseconds; one that is longer than 292 years is as
// good as for ever. The JSON keys are those of net_meshos_ext_sdk_start.
type Config struct {
	ThisNode           uint64 // id of this node; default 0
	TickIntervalMS     uint64 // how often daemons are looked after; default 500
	EventQueueCapacity uint64 // log lines that wait for the supervisor; default 1,024
	// ActionQueueCapacity is checked like the others and otherwise without
	// effect: what the supervisor decides goes to the daemons at once, so
	// there is no queue that it could bound.
	ActionQueueCapacity uint64
	ControlCapacity     uint64 // control events that wait for one daemon; default 8

	InboxCapacity   uint64 // events that wait for one daemon; default 65,536
	MaxPayloadBytes uint64 // the longest payload that Deliver and Post take; default 64 MiB

	OnProcessFailure    string // Skip, the default, or Restart
	BackoffInitialMS    uint64 // the wait before the first restart; default 500
	BackoffMaxMS        uint64 // the longest wait, each being twice the one before; default 60,000
	CrashLoopThreshold  uint64 // so many failures within the window hold the daemon; default 5
	CrashLoopWindowMS   uint64 // default 60,000
	CrashLoopCooldownMS uint64 // how long it is held; default 300,000
	StableRunMS         uint64 // so long without a failure, and failures are forgotten; default 60,000

	DrainDeadlineMS uint64 // how long EnterMaintenance(0) may drain; default 600,000
	RecoveryRampMS  uint64 // how long the node is in Recovery; default 300,000

	BackpressureOn  uint64 // so many waiting events tell the daemons; default 1,000, or 80 % of a smaller inbox
	BackpressureOff uint64 // fewer tell them that it is over; default 200, or 20 % of a smaller inbox

	WatchdogMS uint64 // a callback that runs longer is overdue; default 5,000
}

// complete checks the configuration and fills the defaults in. The control
// capacity is checked when a daemon is registered, as in the reference.
func (c Config) complete() (Config, *Error) {
	for _, q := range []struct {
		name     string
		capacity uint64
	}{
		{"event_queue_capacity", c.EventQueueCapacity},
		{"action_queue_capacity", c.ActionQueueCapacity},
		{"inbox_capacity", c.InboxCapacity},
	} {
		if err := checkCapacity(q.name, q.capacity); err != nil {
			return c, err
		}
	}
	for _, d := range []struct {
		value     *uint64
		otherwise uint64
	}{
		{&c.TickIntervalMS, DefaultTickIntervalMS},
		{&c.EventQueueCapacity, DefaultEventQueueCapacity},
		{&c.ControlCapacity, DefaultControlCapacity},
		{&c.InboxCapacity, DefaultInboxCapacity},
		{&c.MaxPayloadBytes, DefaultMaxPayloadBytes},
		{&c.BackoffInitialMS, DefaultBackoffInitialMS},
		{&c.BackoffMaxMS, DefaultBackoffMaxMS},
		{&c.CrashLoopThreshold, DefaultCrashLoopThreshold},
		{&c.CrashLoopWindowMS, DefaultCrashLoopWindowMS},
		{&c.CrashLoopCooldownMS, DefaultCrashLoopCooldownMS},
		{&c.StableRunMS, DefaultStableRunMS},
		{&c.DrainDeadlineMS, DefaultDrainDeadlineMS},
		{&c.RecoveryRampMS, DefaultRecoveryRampMS},
		{&c.WatchdogMS, DefaultWatchdogMS},
	} {
		if *d.value == 0 {
			*d.value = d.otherwise
		}
	}
	switch c.OnProcessFailure {
	case "":
		c.OnProcessFailure = Skip
	case Skip, Restart:
	default:
		return c, fault.New(fault.InvalidArgument, "on_process_failure is %q, but must be %q or %q", c.OnProcessFailure, Skip, Restart)
	}
	return c, c.completeMarks()
}

// completeMarks fills in what depends on the size of the inboxes.
func (c *Config) completeMarks() *Error {
	high, low := c.BackpressureOn, c.BackpressureOff
	if high == 0 {
		high = max(1, min(DefaultBackpressureOn, share(c.InboxCapacity, 80)))
	}
	if low == 0 {
		low = max(1, min(DefaultBackpressureOff, share(c.InboxCapacity, 20), high))
	}
	if low > high {
		return fault.New(fault.InvalidArgument, "backpressure_off is %d, but must not be greater than backpressure_on, %d", low, high)
	}
	c.BackpressureOn, c.BackpressureOff = high, low
	return nil
}

// share is percent of n, rounded down, without overflow.
func share(n, percent uint64) uint64 { return n/100*percent + n%100*percent/100 }

func checkCapacity(name string, capacity uint64) *Error {
	if capacity < CapacityLimit {
		return nil
	}
	return fault.New(fault.RuntimePanic, "%s is %d, but no queue can hold 2^61 or more: pass a smaller one, or 0 for the default", name, capacity)
}

func (c Config) backoff() actor.BackoffConfig {
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
func (c Config) watchInterval() time.Duration {
	return min(max(supervisor.Interval(c.WatchdogMS)/4, 5*time.Millisecond), time.Second)
}
