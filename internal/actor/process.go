package actor

import (
	"time"

	"netmeshos/internal/amount"
	"netmeshos/internal/clock"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
)

// batchUnderWay is the part of the inbox that is being processed. It is guarded by
// Actor.mu.
type batchUnderWay struct {
	events int32 // how many events of the inbox are in the batch; 0: there is no batch
	cut    bool  // discard the events of the batch that are not processed
}

// processNext processes a batch from the inbox. It needs mu and the token.
func (a *Actor) processNext() {
	in := a.inbox.peek(a.batchLimit())
	a.batch.events = int32(in.Len())
	a.mu.Unlock()
	returned := false
	defer func() {
		if !returned && a.hasExited() { // the worker ends with its goroutine, and the turn is over
			a.lock()
			a.processed(in)
			a.returnToken()
		}
	}()
	a.process(in, nil, Start{At: clock.Now()})
	returned = true
	a.lock()
	a.processed(in)
}

// hasExited reports whether the daemon has ended the goroutine that processes a batch. The
// token is held.
func (a *Actor) hasExited() bool { return a.holder.workspace.Result.Exited }

// processed counts a batch from the inbox that is processed. It needs mu and the token.
func (a *Actor) processed(in event.Batch) {
	result := &a.holder.workspace.Result
	a.count(in)
	handled, starved := result.Handled, result.Starved
	rest := int(a.batch.events) - handled
	a.batch.events = 0
	a.inbox.remove(handled)
	a.env.Gauge.Add(-handled)
	if a.batch.cut && rest > 0 {
		a.inbox.remove(rest)
		a.discarded(rest, false)
	}
	a.batch.cut = false
	if starved {
		a.waitForMemory()
	}
	a.unblockProducers()
	a.wakePoster()
}

// batchLimit is how many events the next batch may have without overtaking a caller that
// waits behind earlier events. It needs mu held.
func (a *Actor) batchLimit() int {
	limit := a.untilSaved(a.inbox.waiting)
	if len(a.token.behind) > 0 {
		limit = min(limit, int(a.token.behind[0].after-a.inbox.removed))
	}
	return limit
}

// process lets the daemon process a batch, and passes its outputs on. The result is
// valid until the token is returned. The token is held.
func (a *Actor) process(in event.Batch, reply Sink, start Start) *Result {
	w := a.holder.workspace
	w.begin(a.holder.outputs + 1) // before the subscriptions are read: see Subscribe
	r := &w.Request               // set field by field: a literal is built on the stack and copied, which is slower
	r.DaemonID = a.callee.ID
	r.FirstOutput = a.holder.outputs + 1
	r.Keep = a.outbox.subscriptions.Load() != nil || a.env.Sink.set()
	r.Reply = nil
	if reply != nil {
		if w.Native != nil && w.Native.Takes(reply) {
			r.Reply, reply = reply, nil
		} else {
			r.Keep = true
		}
	}
	r.StopOnFailure = a.env.Restart
	r.Start = start
	w.call.Begin(start.At, start.Rough)
	w.Result.reset()
	defer func() {
		if w.Result.Exited {
			a.passOn(in, reply)
		}
	}()
	a.callbacks.Process(in, w)
	return a.passOn(in, reply)
}

// passOn passes the outputs of a processed batch on. The token is held.
func (a *Actor) passOn(in event.Batch, reply Sink) *Result {
	w := a.holder.workspace
	if w.Result.Emitted > 0 {
		a.holder.outputs += uint64(w.Result.Emitted)
		if reply != nil {
			a.replyTo(reply, in)
		}
		if a.env.Sink.set() {
			a.emit(in)
		}
		if subscriptions := a.outbox.subscriptions.Load(); subscriptions != nil {
			outputs, _ := w.Outputs()
			a.deliverOutputs(addressed(*subscriptions, outputs))
		}
		w.empty()
	}
	w.Request.Reply = nil // its owner may reuse it
	a.returned()
	return &w.Result
}

// Deliver processes one event on the caller's goroutine, after the events posted before
// it. Its outputs go to the reply, which may be nil and isn't used after the return, as
// well as to the node's sink and the subscribers. start is
// when the call began; it is ignored if the caller has to wait.
func (a *Actor) Deliver(e event.Event, reply Sink, start Start, caller Caller) *fault.Error {
	waited, err := a.acquire(eventInOrder, caller)
	if err != nil {
		return err
	}
	defer a.runFor(caller)()
	if waited {
		start = Start{At: clock.Now()}
	}
	one := &a.holder.workspace.one
	one[0] = event.Meta{Origin: e.Origin, Sequence: e.Sequence, Length: uint64(len(e.Payload))}
	in := event.Batch{Metas: one[:], Bytes: e.Payload}
	returned := false
	defer func() {
		if !returned && a.hasExited() {
			a.lock()
			a.count(in)
			a.returnToken()
		}
	}()
	result := a.process(in, reply, start)
	returned = true
	a.lock()
	a.count(in)
	err = a.deliverError(result, e)
	a.loan.wanted = true
	a.returnToken()
	return err
}

// deliverError returns Deliver's error. It needs the token, because the next holder
// reuses the result.
func (a *Actor) deliverError(r *Result, e event.Event) *fault.Error {
	switch {
	case r.Starved:
		return fault.New(fault.OutOfMemory, "there is no memory to process the event %d of %#x by daemon %q", e.Sequence, e.Origin, a.callee.Name)
	case len(r.Failures) == 0:
		return nil
	case r.Failures[0].Lost:
		return fault.New(fault.OutOfMemory, "daemon %q has processed the event %d of %#x, but there is no memory for its outputs", a.callee.Name, e.Sequence, e.Origin)
	}
	f := r.Failures[0]
	if f.Err != nil {
		failed := fault.New(fault.ProcessFailed, "daemon %q can't process the event %d of %#x: %s", fault.Shorten(a.callee.Name), e.Sequence, e.Origin, fault.Excerpt(f.Err))
		failed.Cause = f.Err
		return failed
	}
	return fault.New(fault.ProcessFailed, "process of daemon %q returned %d for the event %d of %#x", a.callee.Name, f.Status, e.Sequence, e.Origin)
}

// Post puts copies of events into the inbox and returns how many fit.
func (a *Actor) Post(events []event.Event) (int, *fault.Error) {
	a.lock()
	defer a.mu.Unlock()
	if err := a.mayEnter(); err != nil {
		return 0, err
	}
	n := a.inbox.takeRoom(len(events), a.env.InboxCapacity)
	a.inbox.enqueue(events[:n])
	a.env.Gauge.Add(n)
	a.schedule()
	if a.token.held || a.next() != jobNothing {
		a.inbox.openStage(a.env.InboxCapacity)
	}
	if n < len(events) {
		return n, fault.New(fault.QueueFull, "the inbox of daemon %#x is full at %s: post the %s later", a.callee.ID, amount.Of(a.env.InboxCapacity, "event"), amount.Of(len(events)-n, "other"))
	}
	return n, nil
}

// memoryRetry is how long the actor waits after it ran out of memory.
const memoryRetry = 10 * time.Millisecond

// waitForMemory holds the events back for memoryRetry. It needs mu held.
func (a *Actor) waitForMemory() {
	a.recovery.starved = true
	time.AfterFunc(memoryRetry, func() {
		a.lock()
		defer a.mu.Unlock()
		a.recovery.starved = false
		a.schedule()
	})
}
