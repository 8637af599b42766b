package meshos

import (
	"netmeshos/runtime/control"
	"netmeshos/runtime/fault"
)

// Defaults of Config, those of net_meshos_sdk_start in net_meshos.h.
const (
	DefaultTickIntervalMS     = 500
	DefaultEventQueueCapacity = 1024
	DefaultControlCapacity    = control.DefaultCapacity
)

// CapacityLimit is the first capacity that is refused. It is that of the
// reference library, where a queue of so many slots can't be addressed.
const CapacityLimit = 1 << 61

// Config says how an SDK runs. In every field 0 means the default.
type Config struct {
	ThisNode           uint64 // id of this node; default 0
	TickIntervalMS     uint64 // how often daemons are looked after, milliseconds; default 500
	EventQueueCapacity uint64 // log lines that wait for the supervisor; default 1,024
	// ActionQueueCapacity is checked like the others and otherwise without
	// effect: what the supervisor decides goes to the daemons at once, so
	// there is no queue that it could bound.
	ActionQueueCapacity uint64
	ControlCapacity     uint64 // control events that wait for one daemon; default 8
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
	} {
		if err := checkCapacity(q.name, q.capacity); err != nil {
			return c, err
		}
	}
	orDefault(&c.TickIntervalMS, DefaultTickIntervalMS)
	orDefault(&c.EventQueueCapacity, DefaultEventQueueCapacity)
	orDefault(&c.ControlCapacity, DefaultControlCapacity)
	return c, nil
}

func checkCapacity(name string, capacity uint64) *Error {
	if capacity < CapacityLimit {
		return nil
	}
	return fault.New(fault.RuntimePanic, "%s is %d, but no queue can hold 2^61 or more: pass a smaller one, or 0 for the default", name, capacity)
}

func orDefault(v *uint64, otherwise uint64) {
	if *v == 0 {
		*v = otherwise
	}
}
