package actor

// mark is a moment in the order of those who wait until an actor, or all, have nothing to do,
// and of the hosts that ask for a state meanwhile. Only marks that are near each other are
// compared, so it may wrap. 0: nobody waited then.
type mark uint32

// since reports whether it is at that moment or later.
func (m mark) since(start mark) bool { return m != 0 && int32(m-start) >= 0 }

// idleWait is a wait until the actor has nothing to do but what hosts have asked for since.
type idleWait struct {
	done  chan struct{} // closed then
	since mark          // when the last of those who wait began
}

// askedNow returns when the token is asked for, if it is for a host and others wait until the
// actor is idle. It needs mu held.
func (a *Actor) askedNow(at place) mark {
	if at == hostInOrder && (a.end.idle != nil || a.env.Activity.isAwaited()) {
		return a.env.Activity.now()
	}
	return 0
}

// countBusy counts the actor as busy or idle, and as working or not. It needs mu held.
func (a *Actor) countBusy() {
	t := &a.token
	busy := t.held || a.loan.lent || a.next() != jobNothing || a.probe.wanted || !a.inbox.isEmpty() ||
		a.controlEvents.wait() || len(a.outbox.pending) > 0 || len(t.behind) > 0 || len(t.between) > 0 || a.saveDue()
	working := busy && a.countsAsWorking()
	y := a.env.Activity
	if working && !t.working {
		y.work()
	}
	if busy != t.busy {
		if busy {
			y.begin()
		} else {
			y.finish()
		}
	}
	ceased := t.working && !working
	t.busy, t.working = busy, working
	if ceased {
		y.rest()
	}
	if w := a.end.idle; w != nil && !(busy && a.works(w.since)) {
		close(w.done)
		a.end.idle = nil
	}
}

// countsAsWorking reports whether those who wait for all daemons wait for this one, which is
// busy. It needs mu held.
func (a *Actor) countsAsWorking() bool {
	y := a.env.Activity
	for y.isAwaited() {
		since := y.since()
		if a.works(since) {
			return true
		}
		if a.token.listed || y.list(a, since) {
			return false
		}
	}
	return true
}

// works reports whether there is something to do besides what hosts have asked for since. It
// needs mu held.
func (a *Actor) works(since mark) bool {
	t := &a.token
	if t.held && !t.asked.since(since) || a.loan.lent || a.probe.wanted || !a.inbox.isEmpty() ||
		a.controlEvents.wait() || len(a.outbox.pending) > 0 || a.saveDue() || a.nextWork() == jobRestoreState {
		return true
	}
	return anyBefore(t.behind, since) || anyBefore(t.between, since)
}

func anyBefore(waiters []*waiter, since mark) bool {
	for _, w := range waiters {
		if !w.asked.since(since) {
			return true
		}
	}
	return false
}

// recount counts the actor again, for Activity.renew.
func (a *Actor) recount() {
	a.lock()
	defer a.mu.Unlock()
	a.token.listed = false
	a.countBusy()
}
