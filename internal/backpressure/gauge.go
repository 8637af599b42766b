package backpressure

import (
	"math"

	"go.uber.org/atomic"
)

// Gauge counts the events that wait in all inboxes of a node. It wakes the supervisor
// when the number leaves the bounds that the supervisor has set, so that the supervisor
// needn't poll. All methods are safe from any goroutine.
type Gauge struct {
	*Shared
	wake func() // must not block

	peak  atomic.Int64 // the highest number above the bounds since TakePeak
	from  atomic.Int64 // the lower bound, included; the upper one is Mark
	muted atomic.Bool  // don't wake the supervisor
}

// Shared is the part of a gauge that can be used without it: whoever adds to Events and
// finds it at Mark or above must call Passed.
type Shared struct {
	Events atomic.Int64 // how many wait
	Mark   atomic.Int64
}

// NewGauge returns a gauge at zero, without bounds. shared may be nil.
func NewGauge(wake func(), shared *Shared) *Gauge {
	if shared == nil {
		shared = new(Shared)
	}
	g := &Gauge{Shared: shared, wake: wake}
	g.Mark.Store(math.MaxInt64)
	return g
}

// Waiting returns the number of events that wait.
func (g *Gauge) Waiting() uint64 { return uint64(max(g.Events.Load(), 0)) }

// TakePeak returns the highest number above the bounds since the last TakePeak, but at
// least the current number.
func (g *Gauge) TakePeak() uint64 { return max(uint64(max(g.peak.Swap(0), 0)), g.Waiting()) }

// SetBounds changes the bounds. It wakes the supervisor at once if the number is outside
// them, because an Add at the same time may have used the old bounds.
func (g *Gauge) SetBounds(from, to uint64) {
	g.from.Store(int64(min(from, math.MaxInt64)))
	g.Mark.Store(int64(min(to, math.MaxInt64)))
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
	now := g.Events.Add(int64(events))
	switch {
	case now >= g.Mark.Load():
		g.Passed(now)
	case now < g.from.Load() && !g.muted.Load():
		g.wake()
	}
}

// Passed notes that so many events waited, which is above the bounds.
func (g *Gauge) Passed(now int64) {
	for peak := g.peak.Load(); now > peak && !g.peak.CompareAndSwap(peak, now); peak = g.peak.Load() {
	}
	if !g.muted.Load() {
		g.wake()
	}
}
