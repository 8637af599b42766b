package backpressure

import (
	"math"

	"go.uber.org/atomic"
)

// Gauge counts the events that wait in all inboxes of a node. It wakes the supervisor
// when the number leaves the bounds that the supervisor has set, so that the supervisor
// needn't poll. All methods are safe from any goroutine.
type Gauge struct {
	wake func() // must not block

	waiting  atomic.Int64
	peak     atomic.Int64 // the highest number above the bounds since TakePeak
	from, to atomic.Int64 // the bounds: from is included, to is not
	muted    atomic.Bool  // don't wake the supervisor
}

// NewGauge returns a gauge at zero, without bounds.
func NewGauge(wake func()) *Gauge {
	g := &Gauge{wake: wake}
	g.to.Store(math.MaxInt64)
	return g
}

// Waiting returns the number of events that wait.
func (g *Gauge) Waiting() uint64 { return uint64(max(g.waiting.Load(), 0)) }

// TakePeak returns the highest number above the bounds since the last TakePeak, but at
// least the current number.
func (g *Gauge) TakePeak() uint64 { return max(uint64(max(g.peak.Swap(0), 0)), g.Waiting()) }

// SetBounds changes the bounds. It wakes the supervisor at once if the number is outside
// them, because an Add at the same time may have used the old bounds.
func (g *Gauge) SetBounds(from, to uint64) {
	g.from.Store(int64(min(from, math.MaxInt64)))
	g.to.Store(int64(min(to, math.MaxInt64)))
	if now := g.Waiting(); now < from || now >= to {
		g.wake()
	}
}

// Mute sets whether the gauge records peaks without waking the supervisor.
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
