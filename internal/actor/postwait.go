package actor

import (
	"slices"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
)

// posters are the callers who wait for room in the inbox, first come first served. Each
// has a channel, which says that there may be room, or that there never will be. It is
// guarded by Actor.mu.
type posters struct{ turns []chan struct{} }

// PostWait is Post, but waits for room, at most for limit; a negative limit means forever.
// It returns how many events were accepted, with queue_full if the time was over before all
// were. It refuses to wait, with invalid_state, for a caller that the daemon waits for.
func (a *Actor) PostWait(events []event.Event, limit time.Duration, caller Caller) (int, *fault.Error) {
	accepted := 0
	if a.noPosters() {
		n, err := a.Post(events)
		if err == nil || err.Kind != fault.QueueFull {
			return n, err
		}
		accepted = n
	}
	actors := actorsOf(caller)
	if !waits.Add(a, actors...) {
		return accepted, errCycle
	}
	defer waits.Remove(a, actors...)
	turn := a.queuePoster()
	defer a.leavePosters(turn)
	var over <-chan time.Time
	if limit >= 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		over = timer.C
	}
	for {
		var n int
		var err *fault.Error
		if a.isNextPoster(turn) {
			n, err = a.Post(events[accepted:])
		} else {
			n, err = a.Post(nil) // refused, if the daemon takes none any more
			if err == nil {
				err = fault.New(fault.QueueFull, "others wait for room in the inbox of daemon %q", a.callee.Name)
			}
		}
		accepted += n
		if err == nil || err.Kind != fault.QueueFull {
			return accepted, err
		}
		select {
		case <-turn:
		case <-over:
			return accepted, err
		}
	}
}

func (a *Actor) noPosters() bool {
	a.lock()
	defer a.mu.Unlock()
	return a.posters == nil
}

func (a *Actor) queuePoster() chan struct{} {
	a.lock()
	defer a.mu.Unlock()
	turn := make(chan struct{}, 1)
	if a.posters == nil {
		a.posters = new(posters)
	}
	a.posters.turns = append(a.posters.turns, turn)
	return turn
}

func (a *Actor) isNextPoster(turn chan struct{}) bool {
	a.lock()
	defer a.mu.Unlock()
	return a.posters.turns[0] == turn
}

// leavePosters ends a wait, and lets the next one try.
func (a *Actor) leavePosters(turn chan struct{}) {
	a.lock()
	defer a.mu.Unlock()
	at := slices.Index(a.posters.turns, turn)
	a.posters.turns = slices.Delete(a.posters.turns, at, at+1)
	if len(a.posters.turns) == 0 {
		a.posters = nil
	}
	a.wakePoster()
}

// wakePoster lets the first caller who waits for room try again. It needs mu held.
func (a *Actor) wakePoster() {
	if a.posters != nil {
		tell(a.posters.turns[0])
	}
}

// wakePosters lets all try again, because events are refused from now on. It needs mu held.
func (a *Actor) wakePosters() {
	if a.posters == nil {
		return
	}
	for _, turn := range a.posters.turns {
		tell(turn)
	}
}

func tell(turn chan struct{}) {
	select {
	case turn <- struct{}{}:
	default:
	}
}
