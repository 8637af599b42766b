package actor

import (
	"sync"

	"go.uber.org/atomic"
)

// Activity counts the busy actors of a node: those that have something to do. It wakes
// the supervisor when the first one becomes busy and, if asked to, when none is busy any
// more. All methods are safe from any goroutine.
type Activity struct {
	wake func() // must not block

	busy     atomic.Int64
	wakeIdle atomic.Bool // wake the supervisor when no actor is busy
	armed    atomic.Bool // the supervisor knows that an actor is busy

	lending sync.Mutex // guards lent; taken after Actor.mu
	lent    []*Actor   // those whose tokens may be lent, which count as busy

	mu     sync.Mutex
	idle   chan struct{} // closed when no actor is busy; nil while nobody waits
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

// WakeWhenIdle sets whether the supervisor is woken when no actor is busy any more.
func (y *Activity) WakeWhenIdle(wake bool) {
	y.wakeIdle.Store(wake)
	if wake {
		y.Recall()
	}
}

// begin counts an actor that has become busy, finish one that has become idle.
func (y *Activity) begin() {
	y.busy.Inc()
	y.arm()
}

func (y *Activity) finish() {
	if y.busy.Dec() > 0 {
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

// list has Recall take back an actor's token.
func (y *Activity) list(a *Actor) {
	y.lending.Lock()
	defer y.lending.Unlock()
	a.token.listedAt = int32(len(y.lent))
	y.lent = append(y.lent, a)
}

// remove undoes list for an actor that lends no more. Else the list would keep it until
// the next Recall.
func (y *Activity) remove(a *Actor) {
	y.lending.Lock()
	defer y.lending.Unlock()
	at, last := int(a.token.listedAt), len(y.lent)-1
	if at > last || y.lent[at] != a { // Recall has taken the list
		return
	}
	y.lent[at] = y.lent[last]
	y.lent[at].token.listedAt = int32(at)
	y.lent[last] = nil
	y.lent = y.lent[:last]
}

// isAwaited reports whether somebody waits until no actor is busy.
func (y *Activity) isAwaited() bool { return y.wanted.Load() || y.wakeIdle.Load() }

// Recall takes back the tokens that are lent. Then the actors are busy whose hosts have
// them.
func (y *Activity) Recall() {
	y.lending.Lock()
	lent := y.lent
	y.lent = nil
	y.lending.Unlock()
	for _, a := range lent {
		a.unlist()
	}
}

func (y *Activity) closeIdle() {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.idle != nil && y.busy.Load() == 0 {
		close(y.idle)
		y.idle = nil
		y.wanted.Store(false)
	}
}

// Idle returns nil if no actor is busy, otherwise a channel that is closed when none is
// busy any more.
func (y *Activity) Idle() <-chan struct{} {
	y.wanted.Store(true) // before the rest: an actor that becomes idle or lends its token after that sees it
	y.Recall()
	y.mu.Lock()
	if y.busy.Load() == 0 {
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
