package meshos_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/life"
	meshos "netmeshos/runtime"
)

func pressure(level float32) meshos.Event {
	return meshos.Event{Kind: meshos.ControlBackpressureOn, Level: level}
}

var relief = meshos.Event{Kind: meshos.ControlBackpressureOff}

// gauge is an SDK with a daemon whose events wait until they are let go, and one
// that only listens.
type gauge struct {
	t        *testing.T
	sdk      *meshos.SDK
	seen     *seen
	filled   *meshos.Handle
	listener *listener
	handle   *meshos.Handle // of the listener
	step     chan struct{}
	open     func() // lets all events go
}

func newGauge(t *testing.T, config meshos.Config) *gauge {
	config.TickIntervalMS = quiet.TickIntervalMS
	g := &gauge{t: t, listener: newListener(t), step: make(chan struct{})}
	g.sdk, g.seen = observe(t, config)
	g.open = sync.OnceFunc(func() { close(g.step) })
	g.filled = g.register(1)
	g.handle = register(t, g.sdk, 2, g.listener)
	return g
}

// register puts a daemon under the SDK that takes a step for each event.
func (g *gauge) register(n byte) *meshos.Handle {
	h := register(g.t, g.sdk, n, processor(func(meshos.InboundEvent, func([]byte)) error {
		<-g.step
		time.Sleep(time.Millisecond) // ends the batch, so that the event leaves the inbox
		return nil
	}))
	g.t.Cleanup(g.open)
	return h
}

// add posts n more events.
func (g *gauge) add(n int) {
	g.t.Helper()
	post(g.t, g.sdk, g.filled, make([]meshos.InboundEvent, n)...)
	g.rest()
}

// let has n events processed.
func (g *gauge) let(n int) {
	g.t.Helper()
	for range n {
		g.step <- struct{}{}
	}
	g.rest()
}

// rest lets the pause between two tellings go by.
func (g *gauge) rest() { time.Sleep(20 * time.Millisecond); synctest.Wait() }

// heard is that of the listener.
func (g *gauge) heard(want ...meshos.Event) {
	g.t.Helper()
	g.listener.heard(g.handle, want...)
}

// waiting fails the test unless so many events wait.
func (g *gauge) waiting(want uint64) {
	g.t.Helper()
	if got := lookAtAll(g.t, g.sdk).Queues.EventsWaiting; got != want {
		g.t.Errorf("%d events wait, want %d", got, want)
	}
}

// The marks of the defaults: 1,000 and 200, or 80 % and 20 % of an inbox that is
// smaller.
func TestTheMarksOfBackpressure(t *testing.T) {
	for _, c := range []struct {
		config     meshos.Config
		on, off    int
		levelAtOn  float32
		levelLater float32
	}{
		{meshos.Config{}, 1_000, 200, 1_000. / 65_536, 0},
		{meshos.Config{InboxCapacity: 1_250}, 1_000, 200, 0.8, 0},
		{meshos.Config{InboxCapacity: 1_249}, 999, 200, 999. / 1_249, 0}, // 80 % is 999.2, and 20 % would be 249
		{meshos.Config{InboxCapacity: 100}, 80, 20, 0.8, 0},
		{meshos.Config{InboxCapacity: 10}, 8, 2, 0.8, 0},
		{meshos.Config{InboxCapacity: 1}, 1, 1, 1, 0},
		{meshos.Config{InboxCapacity: 100, BackpressureOn: 30, BackpressureOff: 10}, 30, 10, 0.3, 0},
		{meshos.Config{InboxCapacity: 100, BackpressureOn: 15}, 15, 15, 0.15, 0},
	} {
		t.Run(fmt.Sprintf("%+v", c.config), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGauge(t, c.config)
				g.add(c.on - 1)
				g.heard()
				g.add(1)
				g.heard(pressure(c.levelAtOn))
				look := lookAtAll(t, g.sdk)
				if !look.Backpressure.On || look.Backpressure.Level != c.levelAtOn {
					t.Errorf("%+v", look.Backpressure)
				}
				// down to the low mark is not far enough; the levels on the way
				// are another test's
				for left := c.on; left > c.off; left-- {
					g.step <- struct{}{}
				}
				g.rest()
				g.listener.mu.Lock()
				said := g.listener.said
				g.listener.said = nil
				g.listener.mu.Unlock()
				for _, e := range said {
					if e.Kind != meshos.ControlBackpressureOn {
						t.Errorf("told %v at the low mark", e)
					}
				}
				for {
					if _, ok := g.handle.TryNextControl(); !ok {
						break
					}
				}
				g.let(c.off)
				g.heard(relief)
				g.waiting(0)
				if on := lookAtAll(t, g.sdk).Backpressure; on.On || on.Level != 0 {
					t.Errorf("%+v", on)
				}
				g.add(c.on)
				g.heard(pressure(c.levelAtOn))
			})
		})
	}
}

// The level is told again for each tenth that it has moved, to all daemons,
// through their mailboxes and to OnControl.
func TestTheLevelIsToldAgainForEachTenth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGauge(t, meshos.Config{InboxCapacity: 10, ControlCapacity: 100})
		told := func(want ...meshos.Event) {
			t.Helper()
			g.heard(want...)
			for _, e := range want { // the one that is filled too
				next(t, g.filled, e)
			}
			none(t, g.filled)
		}
		g.add(7)
		told()
		g.add(1)
		told(pressure(0.8))
		g.add(1)
		told(pressure(0.9))
		g.add(1)
		told(pressure(1))
		g.let(1)
		g.waiting(9)
		told(pressure(0.9))
		for _, level := range []float32{0.8, 0.7, 0.6, 0.5, 0.4} {
			g.let(1)
			told(pressure(level))
		}
		g.add(2) // up again, and not yet at the high mark
		told(pressure(0.6))
		g.let(4)
		told(pressure(0.5), pressure(0.2)) // the first at once, the others together
		g.let(1)
		told(relief)
		g.let(1)
		told()
		on := func(level float32, waiting uint64) life.Event {
			return life.BackpressureOn{Level: level, Waiting: waiting, Quiet: true}
		}
		g.seen.expect(t, nil, life.BackpressureOn{Level: 0.8, Waiting: 8}, on(0.9, 9), on(1, 10), on(0.9, 9), on(0.8, 8), on(0.7, 7), on(0.6, 6), on(0.5, 5), on(0.4, 4),
			on(0.6, 6), on(0.5, 5), on(0.2, 2), life.BackpressureOff{})
	})
}

// All waiting events count, whoever they wait for; those that are dropped don't.
func TestBackpressureCountsTheEventsOfAllDaemons(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGauge(t, meshos.Config{InboxCapacity: 10, BackpressureOn: 12, BackpressureOff: 5})
		var others []*meshos.Handle
		for i := range byte(3) {
			h := g.register(10 + i)
			post(t, g.sdk, h, meshos.InboundEvent{})
			g.rest() // a batch of one
			post(t, g.sdk, h, make([]meshos.InboundEvent, 2)...)
			others = append(others, h)
		}
		g.add(2)
		g.waiting(11)
		g.heard()
		g.add(1)
		g.heard(pressure(1))
		for i, want := range []uint64{10, 8, 6} { // one of each is being processed
			wantKind(t, "StopDaemon", g.sdk.StopDaemon(others[i].ID(), 1), meshos.KindShutdownFailed)
			g.rest()
			g.waiting(want)
		}
		g.heard(pressure(0.8), pressure(0.6))
		g.let(1)
		g.heard(pressure(0.5))
		g.let(1)
		g.heard(relief)
	})
}

// A daemon that starts to hear when backpressure is on is not told of what was
// before it; the level comes with the next change.
func TestBackpressureAndWhoComesLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGauge(t, meshos.Config{InboxCapacity: 10})
		g.add(8)
		g.heard(pressure(0.8))
		late := newListener(t)
		h := register(t, g.sdk, 3, late)
		late.heard(h)
		g.add(1)
		late.heard(h, pressure(0.9))
		g.heard(pressure(0.9))
	})
}
