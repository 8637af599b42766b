package meshos

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/clock"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/life"
	"netmeshos/internal/node"
	"netmeshos/internal/vitals"
)

// longBatch is how long a batch may take before it ends, so that the actor can handle what
// else waits for the daemon. It is long compared with a call, and short compared with what
// people notice.
const longBatch = time.Millisecond

// statusError is the status of a Go method that returned an error; C callbacks return a
// number.
const statusError = -1

// methodSet implements actor.Callbacks by the methods of a Daemon.
type methodSet struct {
	node       *node.Node
	id         uint64
	daemon     Daemon
	snapshot   Snapshotter
	restore    Restorer
	control    ControlReceiver
	health     HealthReporter
	saturation SaturationReporter
}

func methodsOf(d Daemon, n *node.Node) actor.Callbacks {
	if d == nil {
		return actor.None{}
	}
	m := methodSet{node: n, daemon: d}
	m.snapshot, _ = d.(Snapshotter)
	m.restore, _ = d.(Restorer)
	m.control, _ = d.(ControlReceiver)
	m.health, _ = d.(HealthReporter)
	m.saturation, _ = d.(SaturationReporter)
	return &m
}

// Features implements actor.Callbacks.
func (m *methodSet) Features() actor.Features {
	var f actor.Features
	if m.control != nil {
		f |= actor.HasControl
	}
	if m.health != nil || m.saturation != nil {
		f |= actor.HasProbe
	}
	if m.snapshot != nil {
		f |= actor.HasSnapshot
	}
	if m.restore != nil {
		f |= actor.HasRestore
	}
	return f
}

// guarded calls a method of the daemon, and turns a panic into an error.
func guarded(method string, call func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic in %s: %v", method, cause)
		}
	}()
	return call()
}

// reported is guarded for a method whose errors nobody else reports.
func (m *methodSet) reported(method string, call func() error) error {
	err := guarded(method, call)
	if err != nil {
		m.node.Report(life.CallbackFailed{Daemon: life.Daemon{ID: m.id}, Method: method, Err: err})
	}
	return err
}

// Process implements actor.Callbacks.
func (m *methodSet) Process(in event.Batch, w *actor.Workspace) {
	request, result := &w.Request, &w.Result
	last := request.Start.At
	var e *emission
	returned := false
	defer func() {
		if !returned { // a panic would have been recovered
			e.close()
			result.Failures = append(result.Failures, actor.Failure{Index: uint32(result.Handled), Status: statusError, Err: errGoexit})
			result.Handled++
			result.Times = append(result.Times, actor.Sample{Took: clock.Now() - last, Count: 1})
			result.Exited = true
		}
	}()
	for i := range in.Len() {
		e = &emission{daemonID: request.DaemonID, first: request.FirstOutput + uint64(result.Emitted)}
		err := guarded("Process", func() error { return m.daemon.Process(in.At(i), e.emit) })
		outputs := e.close()
		result.Handled++
		now := clock.Now()
		result.Times = append(result.Times, actor.Sample{Took: now - last, Count: 1})
		last = now
		if err != nil {
			result.Failures = append(result.Failures, actor.Failure{Index: uint32(i), Status: statusError, Err: err})
		} else {
			pass(i, outputs, w)
		}
		if w.Interrupted() || now-request.Start.At >= longBatch || err != nil && request.StopOnFailure {
			break
		}
	}
	returned = true
}

// errGoexit is the failure of an event whose Process ends its goroutine.
var errGoexit = errors.New("Process has called runtime.Goexit")

// emission collects the outputs of an event until its Process has returned.
type emission struct {
	daemonID, first uint64

	mu      sync.Mutex // guards what follows
	outputs event.Batch
	closed  bool
}

func (e *emission) emit(payload []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		e.outputs.Add(event.Event{Origin: e.daemonID, Sequence: e.first + uint64(e.outputs.Len()), Payload: payload})
	}
}

func (e *emission) close() event.Batch {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	return e.outputs
}

// pass counts the outputs of the event i, and keeps them if they go anywhere.
func pass(i int, outputs event.Batch, w *actor.Workspace) {
	keep := w.Request.Keep || w.Interrupted()
	w.Emitted(outputs.Len())
	if !keep {
		return
	}
	for j := range outputs.Len() {
		w.Result.Outputs.Add(outputs.At(j))
		w.Result.Causes = append(w.Result.Causes, uint32(i))
	}
}

// Snapshot implements actor.Callbacks.
func (m *methodSet) Snapshot() (state []byte, _ *fault.Error) {
	if err := m.reported("Snapshot", func() error { state = m.snapshot.Snapshot(); return nil }); err != nil {
		return nil, fault.New(KindCallbackFailed, "%s", fault.Excerpt(err))
	}
	return state, nil
}

// Restore implements actor.Callbacks.
func (m *methodSet) Restore(state []byte) int32 {
	if m.reported("Restore", func() error { return m.restore.Restore(state) }) != nil {
		return statusError
	}
	return 0
}

// OnControl implements actor.Callbacks.
func (m *methodSet) OnControl(e Event) {
	_ = m.reported("OnControl", func() error { m.control.OnControl(e); return nil })
}

// Probe implements actor.Callbacks.
func (m *methodSet) Probe() vitals.Vitals {
	var v vitals.Vitals
	if m.health != nil {
		_ = m.reported("Health", func() error { v.Health = m.health.Health(); return nil })
	}
	if m.saturation != nil {
		_ = m.reported("Saturation", func() error { v.Saturation = m.saturation.Saturation(); return nil })
	}
	return v
}
