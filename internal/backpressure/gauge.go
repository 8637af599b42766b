package backpressure

import (
	"math"

	"go.uber.org/atomic"
)

// Gauge counts the events that wait in all inboxes of a node. It wakes the
// supervisor when the number leaves the bounds that the supervisor has set, so that
// nobody has to count. All methods are safe from any goroutine.
type Gauge struct {
	wake func() // must not block

	waiting  atomic.Int64
	peak     atomic.Int64 // the highest number above the bounds since TakePeak
	from, to atomic.Int64 // the bounds: from is included, to is not
	muted    atomic.Bool  // numbers out of bounds are noted without waking anybody
}

// NewGauge returns a gauge of zero, without bounds.
func NewGauge(wake func()) *Gauge {
	g := &Gauge{wake: wake}
	g.to.Store(math.MaxInt64)
	return g
}

// Waiting is the number of events that wait.
func (g *Gauge) Waiting() uint64 { return uint64(max(g.waiting.Load(), 0)) }

// TakePeak returns the highest number since the last TakePeak, as far as it was out
// of bounds; at least the number now.
func (g *Gauge) TakePeak() uint64 { return max(uint64(max(g.peak.Swap(0), 0)), g.Waiting()) }

// SetBounds changes the bounds. It wakes at once if the number is outside: whoever
// made it so may have seen the bounds before.
func (g *Gauge) SetBounds(from, to uint64) {
	g.from.Store(int64(min(from, math.MaxInt64)))
	g.to.Store(int64(min(to, math.MaxInt64)))
	if now := g.Waiting(); now < from || now >= to {
		g.wake()
	}
}

// Mute says whether numbers out of bounds are noted without waking the supervisor.
func (g *Gauge) Mute(mute bool) { g.muted.Store(mute) }

// Add changes the number of events that wait.
func (g *Gauge) Add(events int) {
	if events == 0 {
		return
	}
	now := g.waiting.Add(int64(events))
	if now >= g.to.Load() {
		for peak := g.peak.Load(); now > peak && !g.peak.CompareAndSwap(peak, now); peak = g.peak.Load() {
		}
	} else if now >= g.from.Load() {
		return
	}
	if !g.muted.Load() {
		g.wake()
	}
}
