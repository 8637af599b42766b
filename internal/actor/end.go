package actor

import (
	"slices"
	"time"

	"netmeshos/internal/fault"
	"netmeshos/internal/life"
)

// end is how the actor comes to rest, for a moment or for good. It is guarded by
// Actor.mu.
type end struct {
	idle    chan struct{} // closed when the actor has nothing to do; nil while nobody waits
	done    chan struct{} // closed when no callback runs and none will
	after   []func()      // to be called before done is closed
	calling bool          // they are being called
	grace   graceTime
}

func (e *end) isDone() bool {
	select {
	case <-e.done:
		return true
	default:
		return false
	}
}

// Pause stops the daemon when the grace time of a stop is over: the events that wait
// are discarded, and it gets no more until Resume. Its outputs that wait for room are
// delivered all the same.
func (a *Actor) Pause() {
	a.mu.Lock()
	was := a.lifecycle
	a.lifecycle, _ = was.after(stopOver)
	if a.lifecycle == Stopped {
		a.end.grace.done = nil
	}
	if a.lifecycle == was {
		a.mu.Unlock()
		return
	}
	a.discardInbox()
	refuseAll(&a.token.behind, errStopped)
	blocked := a.takeBlocked()
	a.happened(life.Stopped{Daemon: a.daemon()})
	a.schedule()
	a.mu.Unlock()
	wake(blocked)
}

// Resume starts a stopped daemon again, or lets one go that is held after failures, and
// forgets the failures.
func (a *Actor) Resume() *fault.Error {
	a.mu.Lock()
	defer a.mu.Unlock()
	next, ok := a.lifecycle.after(resume)
	if !ok {
		return fault.New(fault.Draining, "daemon %q is being shut down", a.callee.Name)
	}
	a.lifecycle = next
	a.recovery.policy.Release()
	a.recovery.stopTimer()
	a.happened(life.Resumed{Daemon: a.daemon()})
	a.schedule()
	return nil
}

// Consume ends the daemon when the grace time of a graceful shutdown is over. It is
// still told of the control events that wait; events are discarded. after is called
// when no callback runs and none will.
func (a *Actor) Consume(after func()) {
	a.mailbox.channel.Close()
	a.terminate(leaveOver, false, after)
}

// Detach ends the daemon as its node is shut down. Only a callback that runs now still
// returns. What After has asked for is called by a worker, not here.
func (a *Actor) Detach() { a.terminate(detach, true) }

// Release ends the daemon as its handle is freed. after is called when no callback
// runs and none will. Further calls do nothing.
func (a *Actor) Release(after ...func()) {
	a.mailbox.channel.Close()
	a.terminate(release, false, after...)
}

// terminate makes a transition to an end.
func (a *Actor) terminate(in input, elsewhere bool, after ...func()) {
	a.mu.Lock()
	was := a.lifecycle
	a.lifecycle, _ = was.after(in)
	if a.lifecycle == was {
		a.mu.Unlock()
		return
	}
	if a.lifecycle == Released {
		a.end.grace.abandon()
	}
	if was.Open() {
		a.discardInbox()
		refuseAll(&a.token.behind, errEnded)
		refuseAll(&a.token.between, errEnded)
		a.probe.wanted = false
		a.recovery.stopTimer()
	}
	if a.lifecycle.Over() {
		a.told.waiting = nil
	}
	pending, blocked := a.takePending(), a.takeBlocked()
	a.countBusy()
	then := a.endWith(elsewhere, after)
	a.mu.Unlock()
	wake(blocked)
	for _, d := range pending {
		d.to.acceptAll(d.rest)
	}
	call(then)
}

// endWith adds what is to be called after the last callback, and ends the actor if that
// is over. It needs mu held.
func (a *Actor) endWith(elsewhere bool, after []func()) (then func()) {
	if a.end.isDone() {
		return func() { callAll(after) }
	}
	a.end.after = append(a.end.after, after...)
	if elsewhere && len(a.end.after) > 0 {
		a.submit() // a turn with nothing to do ends in the same way
		return nil
	}
	return a.conclude()
}

func callAll(functions []func()) {
	for _, f := range functions {
		f()
	}
}

// discardInbox empties the inbox. Those of the events under way that the batch doesn't
// get to are discarded when it is over. It needs mu held.
func (a *Actor) discardInbox() {
	a.batch.cut = a.batch.events > 0
	a.discarded(a.inbox.discard(a.batch.events), false)
}

// conclude ends the actor if it is over: then it returns, once, what is to be called
// without mu. It needs mu held.
func (a *Actor) conclude() (then func()) {
	over := a.lifecycle.Over() || a.lifecycle == Finishing && len(a.told.waiting) == 0
	if !over || a.token.held || a.end.calling || a.end.isDone() {
		return nil
	}
	a.lifecycle, _ = a.lifecycle.after(finished)
	if len(a.end.after) == 0 {
		a.happened(life.Ended{Daemon: a.daemon()})
		close(a.end.done)
		return nil
	}
	after := a.end.after
	a.end.after = nil
	a.end.calling = true
	return func() {
		callAll(after)
		a.mu.Lock()
		a.end.calling = false
		again := a.conclude()
		a.mu.Unlock()
		call(again)
	}
}

// After has f called when no callback runs and none will, before Await returns; at once
// if that is so already.
func (a *Actor) After(f func()) {
	a.mu.Lock()
	done := a.end.isDone()
	if !done {
		a.end.after = append(a.end.after, f)
	}
	a.mu.Unlock()
	if done {
		f()
	}
}

// Done is closed when no callback runs and none will.
func (a *Actor) Done() <-chan struct{} { return a.end.done }

// Await waits until no callback runs and none will, at most for limit; a negative limit
// is none. It returns false when the time is over, or at once if the wait would be for
// the caller itself.
func (a *Actor) Await(limit time.Duration, caller Caller) bool {
	if a.end.isDone() {
		return true
	}
	actors := actorsOf(caller)
	if !waits.Enter(a, actors...) {
		return false
	}
	defer waits.Leave(a, actors...)
	return WaitFor(a.end.done, limit)
}

// WaitsFor reports whether the actor can't go on before the caller does: the caller
// must not wait for it.
func (a *Actor) WaitsFor(caller Caller) bool { return waits.Reaches(a, actorsOf(caller)...) }

// IsInside reports whether the caller runs inside a callback of the actor.
func (a *Actor) IsInside(caller Caller) bool { return slices.Contains(actorsOf(caller), a) }

// Flush waits until the actor has nothing to do, at most for limit; a negative limit is
// none.
func (a *Actor) Flush(limit time.Duration, caller Caller) *fault.Error {
	actors := actorsOf(caller)
	if !waits.Enter(a, actors...) {
		return errCycle
	}
	defer waits.Leave(a, actors...)
	a.mu.Lock()
	if !a.token.busy {
		a.mu.Unlock()
		return nil
	}
	if a.end.idle == nil {
		a.end.idle = make(chan struct{})
	}
	idle, waiting := a.end.idle, a.inbox.waiting
	a.mu.Unlock()
	if WaitFor(idle, limit) {
		return nil
	}
	return fault.New(fault.Timeout, "daemon %q had %d events waiting and is not through with them after %v", a.callee.Name, waiting, limit)
}

// WaitFor waits until the channel is closed, at most for limit; a negative limit is
// none.
func WaitFor(closed <-chan struct{}, limit time.Duration) bool {
	var over <-chan time.Time
	if limit >= 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-closed:
		return true
	case <-over:
	}
	select {
	case <-closed:
		return true
	default:
		return false
	}
}
