package actor

import (
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/fault"
	"netmeshos/internal/life"
	"netmeshos/internal/mesh/meshed"
)

// token is the right to run callbacks: whether it is held, and who waits for it. It is
// guarded by Actor.mu.
type token struct {
	held    bool
	queued  bool // the actor waits in the pool for a turn
	busy    bool // the actor is counted as busy
	working bool // and as working, see Activity
	listed  bool // Activity.renew will count it again

	asked    mark  // when the holder asked, if it is a host that wants a state
	listedAt int32 // where Activity has the actor; here because there is a gap, and guarded by Activity.lists

	between []*waiter // callers who want a state while the daemon processes no events
	behind  []*waiter // callers who wait until all events that were in the inbox before them are processed
	fair    fairness
}

// waiter is a caller who waits for the token. It receives nil when it gets the token, or
// the error that refuses it.
type waiter struct {
	after   uint64 // the value that inbox.removed must reach first
	state   bool   // it wants a state, and needn't wait for events that wait for a restart
	asked   mark   // as token.asked
	granted chan *fault.Error
}

// holder is the data that only the token's holder may use.
type holder struct {
	workspace *Workspace
	outputs   uint64 // how many outputs have ever been emitted by events that did not fail
}

// place says when a caller gets the token. Either way it waits for the events that wait
// now.
type place uint8

const (
	stateInOrder place = iota // for a state: at once if the daemon processes no events
	eventInOrder              // for an event: when the daemon processes events
	stepInOrder               // for an event that was accepted before: also while new ones are refused
	hostInOrder               // as stateInOrder, for a host: who waits until the actor is idle doesn't wait for it, if it came later
)

// acquire takes the token for a caller, and reports whether it had to wait. If it
// succeeds, returnToken must follow.
func (a *Actor) acquire(at place, caller Caller) (waited bool, err *fault.Error) {
	a.lock()
	taken, err := a.tryAcquire(at)
	if !taken && err == nil && caller == nil {
		return true, a.await(at)
	}
	a.mu.Unlock()
	switch {
	case err != nil && caller != nil && a.WaitsFor(caller): // comes first in the header
		return false, errCycle
	case taken || err != nil:
		return false, err
	}
	// A caller that needn't wait stays out of the graph, whose lock is shared by all.
	actors := caller.Actors()
	if !waits.Add(a, actors...) {
		return false, errCycle
	}
	defer waits.Remove(a, actors...)
	a.lock()
	if taken, err := a.tryAcquire(at); taken || err != nil {
		a.mu.Unlock()
		return false, err
	}
	return true, a.await(at)
}

// tryAcquire takes the token if it is free and the caller overtakes nothing that waits. It
// needs mu held.
func (a *Actor) tryAcquire(at place) (taken bool, err *fault.Error) {
	switch {
	case at == eventInOrder:
		if err := a.mayEnter(); err != nil {
			return false, err
		}
	case !a.lifecycle.Open():
		return false, errEnded
	case at == stepInOrder && !a.lifecycle.processes():
		return false, errStopped
	case at == stepInOrder && a.recovery.policy.Looping():
		return false, a.recovery.refusal(a.callee.Name)
	case at == stepInOrder && a.recovery.policy.Held():
		return false, meshed.ErrHeld
	}
	if a.token.held || a.next() != jobNothing || len(a.outbox.pending) > 0 || len(a.token.behind) > 0 || a.recovery.holds() {
		return false, nil
	}
	a.takeToken(a.askedNow(at))
	return true, nil
}

// await waits for the token. It needs mu held, and unlocks it.
func (a *Actor) await(at place) *fault.Error {
	state := at == stateInOrder || at == hostInOrder
	w := &waiter{after: a.inbox.end(), state: state, asked: a.askedNow(at), granted: make(chan *fault.Error, 1)}
	a.token.behind = append(a.token.behind, w)
	a.advanceStates()
	a.schedule()
	a.mu.Unlock()
	return <-w.granted
}

// grantFirst passes the token to the first waiter of a list. It needs mu and the token.
func grantFirst(list *[]*waiter) {
	w := (*list)[0]
	*list = (*list)[1:]
	if len(*list) == 0 {
		*list = nil
	}
	w.granted <- nil
}

// advanceStates lets those who wait for a state go first while the daemon processes no
// events: they don't wait for a restart. It needs mu held.
func (a *Actor) advanceStates() {
	if !a.recovery.policy.Held() && a.lifecycle.processes() {
		return
	}
	t := &a.token
	var events []*waiter
	for _, w := range t.behind {
		if w.state {
			t.between = append(t.between, w)
		} else {
			events = append(events, w)
		}
	}
	t.behind = events
}

// stateIsNext reports whether the next caller in order wants a state, and all events
// before it are processed. It needs mu held.
func (a *Actor) stateIsNext() bool {
	t := &a.token
	return len(t.behind) > 0 && t.behind[0].state && t.behind[0].after <= a.inbox.removed
}

// refuseEvents refuses the token to all who wait with an event. It needs mu held.
func (a *Actor) refuseEvents(why *fault.Error) {
	a.advanceStates()
	refuseAll(&a.token.behind, why)
}

// refuseAll refuses the token to all waiters of a list. It needs mu held.
func refuseAll(list *[]*waiter, why *fault.Error) {
	for _, w := range *list {
		w.granted <- why
	}
	*list = nil
}

// takeToken takes the token, which must be free, for who asked then. It needs mu held.
func (a *Actor) takeToken(asked mark) {
	a.token.held, a.token.asked = true, asked
	a.holder.workspace = a.env.workspaces.get(a)
	a.countBusy()
}

// returnToken returns the token. It needs mu held, and unlocks it.
func (a *Actor) returnToken() {
	a.env.workspaces.put(a, a.holder.workspace, a.lifecycle.Over())
	a.holder.workspace = nil
	a.token.held, a.token.asked = false, 0
	a.schedule()
	concluded := a.conclude()
	if a.loan.wanted {
		a.loan.wanted = false
		a.lend()
	}
	ended := a.outbox.ended
	a.outbox.ended = false
	a.mu.Unlock()
	if ended {
		a.forgetEnded()
	}
	call(concluded)
}

func call(f func()) {
	if f != nil {
		f()
	}
}

// run calls a callback and has the watchdog time it. The token is held.
func (a *Actor) run(callback func()) {
	a.holder.workspace.call.Begin(clock.Now(), false)
	defer a.returned()
	callback()
}

// returned tells the watchdog that the callback has returned. The token is held.
func (a *Actor) returned() {
	if took := a.holder.workspace.call.End(); took > 0 {
		a.overdueReturned(took)
	}
}

func (a *Actor) overdueReturned(took time.Duration) {
	a.happened(life.OverdueReturned{Daemon: a.daemon(), Name: a.callee.Name, Took: took})
}
