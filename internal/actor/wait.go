package actor

import (
	"slices"
	"time"

	"netmeshos/internal/amount"
	"netmeshos/internal/fault"
)

// Await waits until no callback runs and none will, at most for limit; a negative limit
// means forever. It returns false on a timeout, or at once if the caller would wait for
// itself.
func (a *Actor) Await(limit time.Duration, caller Caller) bool {
	if a.isOver() {
		return true
	}
	actors := actorsOf(caller)
	if !waits.Add(a, actors...) {
		return false
	}
	defer waits.Remove(a, actors...)
	return WaitFor(a.Done(), limit)
}

// WaitsFor reports whether the actor waits for the caller, directly or through others, so
// that the caller must not wait for the actor.
func (a *Actor) WaitsFor(caller Caller) bool { return waits.Reaches(a, actorsOf(caller)...) }

// IsInside reports whether the caller runs inside a callback of the actor.
func (a *Actor) IsInside(caller Caller) bool { return slices.Contains(actorsOf(caller), a) }

// Flush waits until the actor has nothing to do, at most for limit; a negative limit
// means forever. Then callbacks may run on this goroutine.
func (a *Actor) Flush(limit time.Duration, caller Caller) *fault.Error {
	actors := actorsOf(caller)
	if !waits.Add(a, actors...) {
		return errCycle
	}
	defer waits.Remove(a, actors...)
	a.lock()
	if limit < 0 && caller == nil { // a callback on this goroutine could not end in time
		a.help()
	}
	if !a.token.busy {
		a.mu.Unlock()
		return nil
	}
	if a.end.idle == nil {
		a.end.idle = &idleWait{done: make(chan struct{})}
	}
	a.end.idle.since = a.env.Activity.next()
	idle, waiting := a.end.idle.done, a.inbox.depth()
	a.mu.Unlock()
	if WaitFor(idle, limit) {
		return nil
	}
	return fault.New(fault.Timeout, "daemon %q had %s waiting and is not through with %s after %v",
		a.callee.Name, amount.Of(waiting, "event"), amount.Verb(waiting, "it", "them"), limit)
}

// WaitFor waits until the channel is closed, at most for limit; a negative limit means
// forever. It reports whether the channel was closed.
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
