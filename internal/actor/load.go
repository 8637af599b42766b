package actor

import (
	"math"
	"sync"

	"go.uber.org/atomic"
)

// Load is how much all hosts of an SDK have to do. It tells the supervisor
// when something happens that it must act on, so that nobody has to count.
type Load struct {
	poke func() // must not block

	waiting  atomic.Int64 // events in inboxes
	peak     atomic.Int64 // the most of them that went out of bounds since TakePeak
	from, to atomic.Int64 // waiting from..to-1 is nothing to tell of

	busy     atomic.Int64 // hosts that are not idle
	muted    atomic.Bool  // numbers out of bounds are noted without a poke
	watching atomic.Bool  // the supervisor wants to know when none is busy
	armed    atomic.Bool  // the supervisor looks again and again for hosts that take too long

	mu     sync.Mutex
	quiet  chan struct{} // closed when no host is busy; nil while nobody waits
	wanted atomic.Bool   // somebody waits for it
}

// NewLoad returns a load of nothing.
func NewLoad(poke func()) *Load {
	l := &Load{poke: poke}
	l.to.Store(math.MaxInt64)
	return l
}

// Waiting is the number of events in all inboxes.
func (l *Load) Waiting() uint64 { return uint64(max(l.waiting.Load(), 0)) }

// Busy is the number of hosts that have something to do.
func (l *Load) Busy() int { return int(l.busy.Load()) }

// TakePeak returns the most events that waited since it was called last, as far
// as they were out of bounds; at least those that wait now.
func (l *Load) TakePeak() uint64 { return max(uint64(max(l.peak.Swap(0), 0)), l.Waiting()) }

// SetBounds says for which numbers of waiting events to poke: those not in
// from..to-1. It pokes at once if so many wait now, as whoever made it so may
// have seen the bounds before.
func (l *Load) SetBounds(from, to uint64) {
	l.from.Store(int64(min(from, math.MaxInt64)))
	l.to.Store(int64(min(to, math.MaxInt64)))
	if now := l.Waiting(); now < from || now >= to {
		l.poke()
	}
}

// Mute says whether to note numbers that are out of bounds without a poke.
func (l *Load) Mute(mute bool) { l.muted.Store(mute) }

// WatchQuiet says whether to poke when no host is busy any more.
func (l *Load) WatchQuiet(watch bool) { l.watching.Store(watch) }

func (l *Load) add(events int) {
	if events == 0 {
		return
	}
	now := l.waiting.Add(int64(events))
	if now >= l.to.Load() {
		for peak := l.peak.Load(); now > peak && !l.peak.CompareAndSwap(peak, now); peak = l.peak.Load() {
		}
	} else if now >= l.from.Load() {
		return
	}
	if !l.muted.Load() {
		l.poke()
	}
}

// becomeBusy and becomeIdle are called for each change of a host.
func (l *Load) becomeBusy() {
	l.busy.Inc()
	l.arm()
}

// arm pokes the supervisor if it does not look for hosts that take too long:
// it need not while none is busy.
func (l *Load) arm() {
	if !l.armed.Load() && l.armed.CompareAndSwap(false, true) {
		l.poke()
	}
}

// Armed reports whether hosts that take too long are to be looked for.
func (l *Load) Armed() bool { return l.armed.Load() }

// Disarm ends that if no host is busy. It pokes when one becomes so.
func (l *Load) Disarm() {
	if l.busy.Load() > 0 {
		return
	}
	l.armed.Store(false)
	if l.busy.Load() > 0 {
		l.arm()
	}
}

func (l *Load) becomeIdle() {
	if l.busy.Dec() > 0 {
		return
	}
	if l.watching.Load() {
		l.poke()
	}
	if l.wanted.Load() {
		l.becomeQuiet()
	}
}

func (l *Load) becomeQuiet() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.quiet != nil && l.busy.Load() == 0 {
		close(l.quiet)
		l.quiet = nil
		l.wanted.Store(false)
	}
}

// Quiet returns nil when no host is busy, else a channel that is closed when
// that is so.
func (l *Load) Quiet() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wanted.Store(true) // before the look: whoever becomes idle after it sees this
	if l.busy.Load() == 0 {
		l.wanted.Store(l.quiet != nil)
		return nil
	}
	if l.quiet == nil {
		l.quiet = make(chan struct{})
	}
	return l.quiet
}
