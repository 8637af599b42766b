package actor

import (
	"slices"

	"netmeshos/internal/clock"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/life"
	"netmeshos/internal/mesh/meshed"
)

// A durable actor gets its events from a mesh, batch by batch, and what comes of them
// counts once the mesh has committed it. So its inbox stays empty, its outputs go to nobody
// by themselves, and the mesh decides which state a failure goes back to.

// MakeDurable makes the actor a durable one. It must be called before the first event.
func (a *Actor) MakeDurable() {
	a.MakeShared()
	a.lock()
	defer a.mu.Unlock()
	a.durable = true
}

// MakeShared makes the actor one that another node may run in its place: hosts put no events
// in front of the inbox, and borrow no token. It must be called before the first event.
func (a *Actor) MakeShared() {
	a.lock()
	defer a.mu.Unlock()
	a.inbox.stage = nil
}

// onWorker runs a function on a worker of the pool, and returns when it has returned. The
// token is held. The caller's goroutine is the worker where that is possible: another would have
// to be woken, and then this one again.
func (a *Actor) onWorker(f func()) {
	t := &task{do: f, done: make(chan struct{})}
	if !a.env.Pool.Run(t) {
		a.env.Pool.Submit(t)
	}
	<-t.done
}

type task struct {
	do   func()
	done chan struct{}
}

// Run implements sched.Task.
func (t *task) Run() {
	defer close(t.done)
	t.do()
}

// Step is meshed.Daemon.Step.
func (a *Actor) Step(in event.Batch, first uint64) (meshed.Stepped, *fault.Error) {
	if _, err := a.acquire(stepInOrder, nil); err != nil {
		return meshed.Stepped{}, err
	}
	in = in.Slice(0, min(in.Len(), BatchEvents))
	var stepped meshed.Stepped
	var err *fault.Error
	a.onWorker(func() { stepped, err = a.step(in, first) })
	a.lock()
	if err == nil {
		a.count(in)
	}
	a.returnToken()
	return stepped, err
}

// step processes a batch. The token is held.
func (a *Actor) step(in event.Batch, first uint64) (meshed.Stepped, *fault.Error) {
	a.lock()
	over := a.lifecycle.Over()
	a.mu.Unlock()
	if over { // while the batch waited for a worker
		return meshed.Stepped{}, errEnded
	}
	if !a.durable { // it emits outputs of events that the mesh doesn't know as well
		first = max(first, a.holder.outputs+1)
	}
	a.holder.outputs = first - 1
	a.touched = true
	w := a.holder.workspace
	w.begin(first)
	w.Request = Request{DaemonID: a.callee.ID, FirstOutput: first, Keep: true, StopOnFailure: a.env.Restart, Start: Start{At: clock.Now()}}
	w.call.Begin(w.Request.Start.At, false)
	w.Result.reset()
	a.callbacks.Process(in, w)
	r := &w.Result
	stepped := meshed.Stepped{Handled: r.Handled, Starved: r.Starved}
	undone := false // the driver goes back to the last commit, and nobody gets these outputs
	for _, f := range r.Failures {
		stepped.Failures = append(stepped.Failures, meshed.Failure(f))
		undone = undone || a.env.Restart || f.Lost
	}
	if r.Emitted > 0 {
		outputs, causes := w.Outputs()
		stepped.Outputs, stepped.Causes = outputs, slices.Clone(causes)
		w.empty()
		if !undone {
			a.holder.outputs += uint64(r.Emitted)
		}
	}
	a.returned()
	return stepped, nil
}

// Seal is meshed.Daemon.Seal.
func (a *Actor) Seal(commit func(state []byte) error) *fault.Error {
	if _, err := a.acquire(stateInOrder, nil); err != nil {
		return err
	}
	broken := false
	defer func() {
		a.lock()
		if broken {
			a.backOff() // or the mesh would have it process the same again without a pause
		}
		a.returnToken()
	}()
	var state []byte
	if a.features&HasSnapshot != 0 {
		var err *fault.Error
		a.onWorker(func() { a.run(func() { state, err = a.callbacks.Snapshot() }) })
		if err != nil {
			a.happened(life.StateNotSaved{Daemon: a.daemon(), Err: err})
			broken = err.Kind != fault.OutOfMemory // there, the mesh waits
			return err
		}
		if state == nil {
			a.happened(life.StateNotSaved{Daemon: a.daemon(), Err: errNothingGiven})
		}
	}
	if err := commit(state); err != nil {
		return fault.New(fault.InvalidState, "the state of daemon %q was not committed: %w", a.callee.Name, err)
	}
	return nil
}

// Reset is meshed.Daemon.Reset.
func (a *Actor) Reset(state []byte, hold bool) *fault.Error {
	if a.features&HasRestore == 0 {
		return nil
	}
	if _, err := a.acquire(stateInOrder, nil); err != nil {
		return err
	}
	var status int32
	if state != nil || a.touched {
		a.touched = true
		a.onWorker(func() { a.run(func() { status = a.callbacks.Restore(state) }) })
	}
	a.lock()
	again := false
	if status != 0 {
		a.happened(life.RestoreFailed{Daemon: a.daemon(), Status: status})
		if hold {
			a.backOff()
			again = !a.recovery.policy.Held() // the first failure costs no wait
		}
	}
	a.returnToken()
	if again {
		a.mayStep()
	}
	if status != 0 {
		return fault.New(fault.RestoreFailed, "restore of daemon %q returned %d", a.callee.Name, status)
	}
	return nil
}

// Waits is meshed.Daemon.Waits.
func (a *Actor) Waits(events int) { a.env.Gauge.Add(events) }

// Sinks reports whether somebody takes the outputs of Emit.
func (a *Actor) Sinks() bool { return a.env.Sink.set() || a.linked() != nil }

// linked are those who get the outputs of this node's own events, and so the others, too; nil: nobody. Those who are
// subscribed in the mesh read what is stored.
func (a *Actor) linked() *[]subscription {
	if a.durable {
		return nil
	}
	return a.outbox.subscriptions.Load()
}

// Emit is meshed.Daemon.Emit. An actor that has ended emits nothing.
func (a *Actor) Emit(outputs event.Batch, causes []event.Meta) {
	if outputs.Len() == 0 || !a.Sinks() {
		return
	}
	if _, err := a.acquire(stateInOrder, nil); err != nil {
		return
	}
	w := &Workspace{Result: Result{Outputs: outputs, Causes: make([]uint32, outputs.Len())}, Of: a.callbacks}
	for i := range w.Result.Causes {
		w.Result.Causes[i] = uint32(i)
	}
	a.onWorker(func() {
		a.run(func() { a.emitFrom(event.Batch{Metas: causes}, w) })
		if linked := a.linked(); linked != nil {
			a.deliverBehind(addressed(*linked, outputs))
		}
	})
	a.lock()
	a.returnToken()
}

// Reply passes stored outputs of one event to a sink, on the caller's goroutine. It is for
// the outputs that a Deliver through the mesh gets.
func Reply(sink Sink, outputs event.Batch, cause event.Event) {
	w := &Workspace{Result: Result{Outputs: outputs, Causes: make([]uint32, outputs.Len())}}
	sink.Emit(event.Batch{Metas: []event.Meta{{Origin: cause.Origin, Sequence: cause.Sequence}}}, w)
}

// Enter enters the wait of a call for the mesh's answer about this actor into the graph
// of waits: until Leave, a call from inside the actor's callbacks that would wait for the caller is refused, as is
// this one with invalid_state, if the actor waits for the caller.
func (a *Actor) Enter(caller Caller) *fault.Error {
	if !waits.Add(a, actorsOf(caller)...) {
		return errCycle
	}
	return nil
}

// Leave follows Enter.
func (a *Actor) Leave(caller Caller) { waits.Remove(a, actorsOf(caller)...) }

// Ended is the answer of calls to an actor that has begun to end.
var Ended = errEnded //nolint:errname // a value of the package's own error type

// mayStep tells the mesh that the actor processes events again.
func (a *Actor) mayStep() {
	if f := a.env.MayStep; f != nil {
		f(a.callee.ID)
	}
}
