package actor

import "netmeshos/internal/life"

// end is how the actor becomes idle and how it ends. It is guarded by Actor.mu.
type end struct {
	idle    *idleWait     // nil while nobody waits until the actor has nothing to do
	done    chan struct{} // closed when no callback runs and none will; nil while nobody waits for that
	after   func()        // called before the actor is over; nil: nothing is
	grace   *graceTime    // nil until SHUTDOWN is sent
	calling bool          // after is being called
	over    bool          // no callback runs and none will
}

// then adds a function to after, to be called after those that are there.
func (e *end) then(f func()) {
	before := e.after
	if before == nil {
		e.after = f
		return
	}
	e.after = func() {
		before()
		f()
	}
}

// first adds a function to after, to be called before those that are there.
func (e *end) first(f func()) {
	others := e.after
	e.after = f
	if others != nil {
		e.then(others)
	}
}

// conclude ends the actor.
func (e *end) conclude() {
	e.over = true
	if e.done != nil {
		close(e.done)
	}
}

// FinishShutdown ends the daemon. It is called when the grace time of a graceful shutdown is
// over. The daemon still gets the control events that wait; its events are discarded.
// after is called when no callback runs and none will.
func (a *Actor) FinishShutdown(after ...func()) {
	a.mailbox.channel.Close()
	a.endBy(shutDownOver, false, after...)
}

// Terminate ends the daemon because its node is shut down. A callback that is running
// returns, but none begins. The functions given to After are called by a worker, not here.
func (a *Actor) Terminate() { a.endBy(terminate, true) }

// Release ends the daemon because its handle is freed. after is called when no callback
// runs and none will. Further calls do nothing.
func (a *Actor) Release(after ...func()) {
	a.mailbox.channel.Close()
	a.endBy(release, false, after...)
}

// endBy makes the transition that ends the daemon. onWorker: the functions to call
// after the last callback are called by a worker.
func (a *Actor) endBy(in input, onWorker bool, after ...func()) {
	a.lock()
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
		a.lendNoMore()
		a.discardInbox()
		refuseAll(&a.token.behind, errEnded)
		refuseAll(&a.token.between, errEnded)
		a.wakePosters()
		a.probe.wanted = false
		a.recovery.stopTimer()
		a.state.stopTimer()
	}
	if a.lifecycle == Finishing {
		a.saveChanges()
	}
	if a.lifecycle.Over() {
		a.controlEvents = nil
	}
	pending, blocked := a.takePending(), a.takeBlocked()
	a.countBusy()
	then := a.endWith(onWorker, after)
	a.mu.Unlock()
	wake(blocked)
	for _, d := range pending {
		d.to.acceptAll(d.rest)
	}
	call(then)
}

// endWith adds functions to call after the last callback, and ends the actor if that
// callback has returned. It needs mu held.
func (a *Actor) endWith(onWorker bool, after []func()) (then func()) {
	if a.end.over {
		return func() { callAll(after) }
	}
	for _, f := range after {
		a.end.then(f)
	}
	if onWorker && a.end.after != nil {
		a.submit() // a turn without work calls conclude
		return nil
	}
	return a.conclude()
}

func callAll(functions []func()) {
	for _, f := range functions {
		f()
	}
}

// discardInbox empties the inbox, except for the batch under way: its unprocessed events
// are discarded when it ends. It needs mu held.
func (a *Actor) discardInbox() {
	a.batch.cut = a.batch.events > 0
	a.discarded(a.inbox.discard(int(a.batch.events)), false)
}

// conclude ends the actor if no callback runs and none will. Then it returns, once, a
// function that must be called without mu. It needs mu held.
func (a *Actor) conclude() (then func()) {
	over := a.lifecycle.Over() || a.lifecycle == Finishing && !a.controlEvents.wait() && !a.saveDue()
	if !over || a.token.held || a.end.calling || a.end.over {
		return nil
	}
	a.lifecycle, _ = a.lifecycle.after(finished)
	if a.end.after == nil {
		a.happened(life.Ended{Daemon: a.daemon()})
		a.end.conclude()
		return nil
	}
	after := a.end.after
	a.end.after = nil
	a.end.calling = true
	return func() {
		after()
		a.lock()
		a.end.calling = false
		again := a.conclude()
		a.mu.Unlock()
		call(again)
	}
}

// After has f called when no callback runs and none will, before Await returns. If the
// actor has ended, f is called at once.
func (a *Actor) After(f func()) { a.atEnd((*end).then, f) }

// Before is After, but f is called before the functions that were given to After.
func (a *Actor) Before(f func()) { a.atEnd((*end).first, f) }

func (a *Actor) atEnd(add func(*end, func()), f func()) {
	a.lock()
	done := a.end.over
	if !done {
		add(&a.end, f)
	}
	a.mu.Unlock()
	if done {
		f()
	}
}

// Done is closed when no callback runs and none will.
func (a *Actor) Done() <-chan struct{} {
	a.lock()
	defer a.mu.Unlock()
	if a.end.done == nil {
		a.end.done = make(chan struct{})
		if a.end.over {
			close(a.end.done)
		}
	}
	return a.end.done
}

// isOver reports whether no callback runs and none will.
func (a *Actor) isOver() bool {
	a.lock()
	defer a.mu.Unlock()
	return a.end.over
}
