package actor

import (
	"sync"

	"go.uber.org/atomic"
)

// Activity counts the busy actors of a node: those that have something to do. It wakes
// the supervisor when the first one becomes busy.
//
// It also counts those that work: the busy ones without those that only have what hosts
// asked for after somebody had begun to wait until all are idle, which is states. So hosts
// that ask for one after the other don't hold up that wait. It wakes the supervisor, if asked
// to, when none works any more. All methods are safe from any goroutine.
type Activity struct {
	wake func() // must not block

	busy     atomic.Int64
	working  atomic.Int64
	wakeIdle atomic.Bool // wake the supervisor when no actor works
	armed    atomic.Bool // the supervisor knows that an actor is busy

	clock atomic.Uint32 // the last mark
	began atomic.Uint32 // the mark at which the last of those who wait for all began

	lists sync.Mutex // guards lent and late; taken after Actor.mu
	lent  []*Actor   // those whose tokens may be lent, which count as busy
	late  []*Actor   // those that are busy and didn't count as working; changes only with began

	mu     sync.Mutex
	idle   chan struct{} // closed when no actor works; nil while nobody waits
	wanted atomic.Bool   // somebody waits for idle
}

// NewActivity returns an activity without busy actors.
func NewActivity(wake func()) *Activity { return &Activity{wake: wake} }

// Busy is the number of actors that have something to do.
func (y *Activity) Busy() int {
	y.Recall()
	return y.BusyOrLent()
}

// BusyOrLent is Busy, but counts the actors whose tokens are lent, and leaves them so.
func (y *Activity) BusyOrLent() int { return int(y.busy.Load()) }

// Working is the number of actors that somebody who waits for all waits for.
func (y *Activity) Working() int { return int(y.working.Load()) }

// WakeWhenIdle sets whether the supervisor is woken when no actor works any more.
func (y *Activity) WakeWhenIdle(wake bool) {
	y.wakeIdle.Store(wake)
	if wake {
		y.renew()
		y.Recall()
	}
}

// now returns the last mark, and next a new one.
func (y *Activity) now() mark  { return mark(y.clock.Load()) }
func (y *Activity) next() mark { return mark(y.clock.Inc()) }

// since returns when the last of those who wait for all began.
func (y *Activity) since() mark { return mark(y.began.Load()) }

// renew begins a wait for all: what hosts have asked for before counts as work.
func (y *Activity) renew() {
	y.lists.Lock()
	y.began.Store(uint32(y.next()))
	late := y.late
	y.late = nil
	y.lists.Unlock()
	for _, a := range late {
		a.recount()
	}
}

// list has renew count an actor again that doesn't work by that mark. It fails if the mark
// isn't the last one any more.
func (y *Activity) list(a *Actor, since mark) bool {
	y.lists.Lock()
	defer y.lists.Unlock()
	if y.since() != since {
		return false
	}
	a.token.listed = true
	y.late = append(y.late, a)
	return true
}

// begin counts an actor that has become busy, finish one that has become idle.
func (y *Activity) begin() {
	y.busy.Inc()
	y.arm()
}

func (y *Activity) finish() { y.busy.Dec() }

// work counts an actor that works from now on, rest one that doesn't any more.
func (y *Activity) work() { y.working.Inc() }

func (y *Activity) rest() {
	if y.working.Dec() > 0 {
		return
	}
	if y.wakeIdle.Load() {
		y.wake()
	}
	if y.wanted.Load() {
		y.closeIdle()
	}
}

// arm wakes the supervisor unless it already knows that an actor is busy.
func (y *Activity) arm() {
	if !y.armed.Load() && y.armed.CompareAndSwap(false, true) {
		y.wake()
	}
}

// Armed reports whether an actor was busy since the last Disarm.
func (y *Activity) Armed() bool { return y.armed.Load() }

// Disarm makes the next actor that becomes busy wake the supervisor. It has no effect
// while an actor is busy.
func (y *Activity) Disarm() {
	if y.busy.Load() > 0 {
		return
	}
	y.armed.Store(false)
	if y.busy.Load() > 0 {
		y.arm()
	}
}

// listLent has Recall take back an actor's token.
func (y *Activity) listLent(a *Actor) {
	y.lists.Lock()
	defer y.lists.Unlock()
	a.token.listedAt = int32(len(y.lent))
	y.lent = append(y.lent, a)
}

// unlistLent undoes listLent for an actor that lends no more. Else the list would keep it until
// the next Recall.
func (y *Activity) unlistLent(a *Actor) {
	y.lists.Lock()
	defer y.lists.Unlock()
	at, last := int(a.token.listedAt), len(y.lent)-1
	if at > last || y.lent[at] != a { // Recall has taken the list
		return
	}
	y.lent[at] = y.lent[last]
	y.lent[at].token.listedAt = int32(at)
	y.lent[last] = nil
	y.lent = y.lent[:last]
}

// isAwaited reports whether somebody waits until no actor works.
func (y *Activity) isAwaited() bool { return y.wanted.Load() || y.wakeIdle.Load() }

// Recall takes back the tokens that are lent. Then the actors are busy whose hosts have
// them.
func (y *Activity) Recall() {
	y.lists.Lock()
	lent := y.lent
	y.lent = nil
	y.lists.Unlock()
	for _, a := range lent {
		a.unlist()
	}
}

func (y *Activity) closeIdle() {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.idle != nil && y.working.Load() == 0 {
		close(y.idle)
		y.idle = nil
		y.wanted.Store(false)
	}
}

// Idle returns nil if no actor works, otherwise a channel that is closed when none works
// any more.
func (y *Activity) Idle() <-chan struct{} {
	y.wanted.Store(true) // before the rest: an actor that becomes idle or lends its token after that sees it
	y.renew()
	y.Recall()
	y.mu.Lock()
	if y.working.Load() == 0 {
		y.wanted.Store(y.idle != nil)
		y.mu.Unlock()
		return nil
	}
	if y.idle == nil {
		y.idle = make(chan struct{})
	}
	y.wanted.Store(true)
	idle := y.idle
	y.mu.Unlock()
	y.Recall()
	return idle
}
