package gotests

import (
	"errors"
	"runtime"
	"time"

	meshos "netmeshos/runtime"
)

// hops is how many daemons an event passes through at most: subscriptions form cycles, and
// each daemon emits what it gets.
const hops = 3

// refusals are the errors that calls with events and states may get.
var refusals = []meshos.Kind{
	meshos.KindNotFound, meshos.KindAlreadyShutdown, meshos.KindDraining, meshos.KindStopped,
	meshos.KindBackingOff, meshos.KindProcessFailed, meshos.KindInvalidState, meshos.KindQueueFull,
}

var errBad = errors.New("a bad event")

func (d *daemon) Process(e meshos.InboundEvent, emit func([]byte)) error {
	defer d.enter()()
	if d.random.IntN(50) == 0 {
		return errBad
	}
	if left := e.Payload[0]; left > 0 {
		emit([]byte{left - 1})
	}
	return nil
}

func (d *daemon) Snapshot() []byte {
	defer d.enter()()
	return []byte("state")
}

func (d *daemon) Restore(state []byte) error {
	defer d.enter()()
	if string(state) != "state" {
		d.world.t.Errorf("restored from %q", state)
	}
	return nil
}

func event() meshos.InboundEvent { return meshos.InboundEvent{Origin: 1, Payload: []byte{hops}} }

// feed sends events to a daemon, or makes another call of the SDK on it.
func (a *actor) feed(sdk *meshos.SDK, d, other *daemon) {
	w, id := a.world, d.handle.ID()
	switch a.random.IntN(10) {
	case 0, 1, 2:
		events := make([]meshos.InboundEvent, a.random.IntN(6))
		for i := range events {
			events[i] = event()
		}
		n, err := sdk.Post(id, events)
		if w.allowed("Post", err, refusals...) && n != len(events) {
			w.t.Errorf("%d of %d events were taken, without an error", n, len(events))
		}
	case 3, 4:
		w.allowed("Deliver", sdk.Inside(a.callers()...).Deliver(id, event(), nil), refusals...)
	case 5:
		err := sdk.Inside(a.callers()...).Flush(id, time.Duration(1+a.random.IntN(3))*time.Millisecond)
		w.allowed("Flush", err, append(refusals, meshos.KindTimeout)...)
	case 6:
		state, err := sdk.Inside(a.callers()...).Snapshot(id)
		if w.allowed("Snapshot", err, refusals...) && string(state) != "state" {
			w.t.Errorf("the state is %q", state)
		}
	case 7:
		w.allowed("Restore", sdk.Inside(a.callers()...).Restore(id, []byte("state")), refusals...)
	case 8:
		w.allowed("Subscribe", sdk.Subscribe(id, other.handle.ID()), refusals...)
	case 9:
		w.allowed("Unsubscribe", sdk.Unsubscribe(id, other.handle.ID()), refusals...)
	}
}

// govern makes a call that concerns an SDK and all its daemons.
func (a *actor) govern(sdk *meshos.SDK, d *daemon) {
	w := a.world
	switch a.random.IntN(6) {
	case 0:
		w.allowed("EnterMaintenance", sdk.EnterMaintenance(1+a.random.Uint64N(3)), refusals...)
	case 1, 2:
		w.allowed("ExitMaintenance", sdk.ExitMaintenance(), refusals...)
	case 3:
		err := sdk.Inside(a.callers()...).StopDaemon(d.handle.ID(), 1+a.random.Uint64N(2))
		w.allowed("StopDaemon", err, append(refusals, meshos.KindShutdownFailed)...)
	case 4:
		w.allowed("RestartDaemon", sdk.RestartDaemon(d.handle.ID()), refusals...)
	case 5:
		w.allowed("Done", d.handle.Done(), refusals...)
	}
}

// output is the output function.
func (w *world) output(o meshos.Output) {
	if len(o.Payload) != 1 || o.Payload[0] >= hops || o.Sequence == 0 {
		w.t.Errorf("output %+v", o)
	}
	runtime.Gosched()
}
