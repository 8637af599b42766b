package meshos

import (
	"fmt"
	"sync"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/event"
	"netmeshos/internal/logs"
)

// longBatch is how long a batch goes on before the host may look after what else
// waits for the daemon: long against a call, short against a human.
const longBatch = time.Millisecond

// statusGo stands for what a Go daemon returned, where C daemons have a number.
const statusGo = -1

// goCallbacks carries the supervisor's calls to a Daemon.
type goCallbacks struct {
	daemon     Daemon
	snapshot   Snapshotter
	restore    Restorer
	control    ControlReceiver
	health     HealthReporter
	saturation SaturationReporter
	note       func(level logs.Level, message string)
	floods     map[string]*logs.Flood // of errors, by method; nil before the first
}

func callbacksOf(d Daemon, note func(logs.Level, string)) actor.Callbacks {
	if d == nil {
		return actor.None{}
	}
	c := goCallbacks{daemon: d, note: note}
	c.snapshot, _ = d.(Snapshotter)
	c.restore, _ = d.(Restorer)
	c.control, _ = d.(ControlReceiver)
	c.health, _ = d.(HealthReporter)
	c.saturation, _ = d.(SaturationReporter)
	return &c
}

func (c *goCallbacks) Features() actor.Features {
	var f actor.Features
	if c.control != nil {
		f |= actor.HasControl
	}
	if c.health != nil || c.saturation != nil {
		f |= actor.HasProbe
	}
	if c.snapshot != nil {
		f |= actor.HasSnapshot
	}
	if c.restore != nil {
		f |= actor.HasRestore
	}
	return f
}

// guarded calls a method of the daemon and turns a panic into an error.
func (c *goCallbacks) guarded(method string, call func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic in %s: %v", method, cause)
		}
		if err != nil {
			c.noteError(method, err)
		}
	}()
	return call()
}

// noteError logs what a method returned, but no flood of it.
func (c *goCallbacks) noteError(method string, err error) {
	flood := c.floods[method]
	if flood == nil {
		if c.floods == nil {
			c.floods = make(map[string]*logs.Flood)
		}
		flood = new(logs.Flood)
		c.floods[method] = flood
	}
	if held, pass := flood.Pass(time.Now()); pass {
		c.note(logs.Error, err.Error()+logs.Others(held))
	}
}

func (c *goCallbacks) Process(in event.Parcel, d *actor.Desk) {
	called := d.Order.Began.At
	for i := range in.Len() {
		e := emission{daemonID: d.Order.DaemonID, first: d.Order.FirstOutput + uint64(d.Done.Emitted)}
		err := c.guarded("Process", func() error { return c.daemon.Process(in.At(i), e.emit) })
		out := e.end()
		d.Done.Handled++
		now := actor.Now()
		d.Done.Times = append(d.Done.Times, actor.Sample{Took: now - called, Count: 1})
		called = now
		if err != nil {
			d.Done.Failures = append(d.Done.Failures, actor.Failed{Index: uint32(i), Status: statusGo})
		} else {
			c.hand(in, i, out, d)
		}
		if now-d.Order.Began.At >= longBatch || err != nil && d.Order.StopOnFailure {
			break
		}
	}
}

// emission gathers what an event emits until its Process has returned.
type emission struct {
	daemonID, first uint64

	mu   sync.Mutex // guards what follows
	out  event.Parcel
	over bool
}

func (e *emission) emit(payload []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.over {
		e.out.Add(event.Event{Origin: e.daemonID, Sequence: e.first + uint64(e.out.Len()), Payload: payload})
	}
}

func (e *emission) end() event.Parcel {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
	return e.out
}

// hand sends what an event emitted on.
func (c *goCallbacks) hand(in event.Parcel, i int, out event.Parcel, d *actor.Desk) {
	d.Done.Emitted += out.Len()
	if each := d.Order.Each.Sink; each != nil {
		at := actor.Desk{Order: d.Order}
		at.Done.Outputs, at.Done.Causes = out, make([]uint32, out.Len())
		c.guarded("the output function", func() error { each.Emit(in.Slice(i, i+1), &at); return nil })
	}
	if !d.Order.Keep && !d.Order.Show {
		return
	}
	for j := range out.Len() {
		d.Done.Outputs.Add(out.At(j))
		d.Done.Causes = append(d.Done.Causes, uint32(i))
	}
}

func (c *goCallbacks) Snapshot() (state []byte, _ *Error) {
	c.guarded("Snapshot", func() error { state = c.snapshot.Snapshot(); return nil })
	return state, nil
}

func (c *goCallbacks) Restore(state []byte) int32 {
	if c.guarded("Restore", func() error { return c.restore.Restore(state) }) != nil {
		return statusGo
	}
	return 0
}

func (c *goCallbacks) Control(e Event) {
	c.guarded("OnControl", func() error { c.control.OnControl(e); return nil })
}

func (c *goCallbacks) Probe() actor.Vitals {
	var v actor.Vitals
	if c.health != nil {
		c.guarded("Health", func() error { v.Health = c.health.Health(); return nil })
	}
	if c.saturation != nil {
		c.guarded("Saturation", func() error { v.Saturation = c.saturation.Saturation(); return nil })
	}
	return v
}
