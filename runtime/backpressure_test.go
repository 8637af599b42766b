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

// gauge is an SDK with a daemon whose events wait until the test lets them through, and
// another daemon that records control events.
type gauge struct {
	t        *testing.T
	sdk      *meshos.SDK
	seen     *observed
	filled   *meshos.Handle
	listener *listener
	handle   *meshos.Handle // of the listener
	step     chan struct{}
	open     func() // lets all events through
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

// register registers a daemon that needs a step for each event.
func (g *gauge) register(n byte) *meshos.Handle {
	h := register(g.t, g.sdk, n, processFunc(func(meshos.InboundEvent, func([]byte)) error {
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

// rest waits out the pause between two sends.
func (g *gauge) rest() { time.Sleep(20 * time.Millisecond); synctest.Wait() }

// heard is listener.heard.
func (g *gauge) heard(want ...meshos.Event) {
	g.t.Helper()
	g.listener.heard(g.handle, want...)
}

// waiting fails the test unless this many events wait.
func (g *gauge) waiting(want uint64) {
	g.t.Helper()
	if got := viewRuntime(g.t, g.sdk).Queues.EventsWaiting; got != want {
		g.t.Errorf("%d events wait, want %d", got, want)
	}
}

// The default marks are 1,000 and 200, or 80 % and 20 % of the inbox capacity if that is
// less.
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
				view := viewRuntime(t, g.sdk)
				if !view.Backpressure.On || view.Backpressure.Level != c.levelAtOn {
					t.Errorf("%+v", view.Backpressure)
				}
				// the low mark itself is not below the mark; another test covers the levels
				// on the way
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
						t.Errorf("received %v at the low mark", e)
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
				if on := viewRuntime(t, g.sdk).Backpressure; on.On || on.Level != 0 {
					t.Errorf("%+v", on)
				}
				g.add(c.on)
				g.heard(pressure(c.levelAtOn))
			})
		})
	}
}

// The level is sent again for each tenth that it has moved: to all daemons, through their
// mailboxes and OnControl.
func TestTheLevelIsSentAgainForEachTenth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGauge(t, meshos.Config{InboxCapacity: 10, ControlCapacity: 100})
		received := func(want ...meshos.Event) {
			t.Helper()
			g.heard(want...)
			for _, e := range want { // the daemon with the full inbox gets it too
				next(t, g.filled, e)
			}
			none(t, g.filled)
		}
		g.add(7)
		received()
		g.add(1)
		received(pressure(0.8))
		g.add(1)
		received(pressure(0.9))
		g.add(1)
		received(pressure(1))
		g.let(1)
		g.waiting(9)
		received(pressure(0.9))
		for _, level := range []float32{0.8, 0.7, 0.6, 0.5, 0.4} {
			g.let(1)
			received(pressure(level))
		}
		g.add(2) // up again, but not yet at the high mark
		received(pressure(0.6))
		g.let(4)
		received(pressure(0.5), pressure(0.2)) // the first at once, the others together
		g.let(1)
		received(relief)
		g.let(1)
		received()
		on := func(level float32, waiting uint64) life.Event {
			return life.BackpressureOn{Level: level, Waiting: waiting, Quiet: true}
		}
		g.seen.expect(t, nil, life.BackpressureOn{Level: 0.8, Waiting: 8}, on(0.9, 9), on(1, 10), on(0.9, 9), on(0.8, 8), on(0.7, 7), on(0.6, 6), on(0.5, 5), on(0.4, 4),
			on(0.6, 6), on(0.5, 5), on(0.2, 2), life.BackpressureOff{})
	})
}

// The waiting events of all daemons count; discarded ones don't.
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

// A daemon that is registered while backpressure is on does not get the earlier control
// events. It gets the level with the next change.
func TestALateDaemonGetsTheNextLevelOnly(t *testing.T) {
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

// If the log says that backpressure is on, it also says when it is off again.
func TestTheLogSaysWhenBackpressureEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := quiet
		config.InboxCapacity = 10
		sdk, seen := observe(t, config)
		w := newRecorder(t)
		gate := make(chan struct{})
		w.before = func(meshos.InboundEvent) { <-gate }
		h := register(t, sdk, 1, w)
		for range 5 { // up and down within a second
			post(t, sdk, h, words(1, "a b c d e f g h i")...)
			time.Sleep(20 * time.Millisecond)
			for range 9 {
				gate <- struct{}{}
			}
			time.Sleep(20 * time.Millisecond)
		}
		seen.backpressureLogged(t, 1, 1)
		if on, off := happened[life.BackpressureOn](seen), happened[life.BackpressureOff](seen); len(on) < 5 || len(off) != 5 {
			t.Errorf("%d times on, %d times off", len(on), len(off))
		}
		close(gate)
	})
}

// If backpressure comes back too soon to be logged, and stays on, the log says so a little
// later.
func TestSuppressedBackpressureIsLoggedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGauge(t, meshos.Config{InboxCapacity: 10})
		g.add(9)
		g.let(9)
		g.add(9)
		g.seen.backpressureLogged(t, 1, 1)
		time.Sleep(time.Minute)
		g.seen.backpressureLogged(t, 2, 1)
		on := happened[life.BackpressureOn](g.seen)
		if last := on[len(on)-1]; last != (life.BackpressureOn{Level: 0.9, Waiting: 9, Still: true}) {
			t.Errorf("the last is %+v", last)
		}
		g.let(9) // the first new level is logged, because the last line is a minute old
		g.seen.backpressureLogged(t, 3, 2)
	})
}
