package node

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/clock"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
)

// start starts a loop that only ticks.
func start(every time.Duration, queue *logs.Queue, ring *logs.Ring, tick func()) *loop {
	l := newLoop(queue, ring)
	l.start(every, work{
		tick:   tick,
		attend: func(time.Time) time.Time { return time.Time{} },
	})
	return l
}

func TestTheLoopTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var at []time.Duration
		l := start(500*time.Millisecond, logs.NewQueue(8), logs.NewRing(8, 1), func() { at = append(at, time.Since(begin)) })
		time.Sleep(1750 * time.Millisecond)
		if l.ticks.Load() != 3 {
			t.Errorf("%d ticks, want 3", l.ticks.Load())
		}
		l.end()
		time.Sleep(time.Hour)
		want := []time.Duration{500 * time.Millisecond, 1000 * time.Millisecond, 1500 * time.Millisecond}
		if !slices.Equal(at, want) || l.ticks.Load() != 3 {
			t.Errorf("ticks at %v, want %v; %d counted", at, want, l.ticks.Load())
		}
	})
}

// Whatever makes the goroutine begin, and whenever, ticks come when they are due.
func TestTheLoopBeginsWithTheFirstThingToDo(t *testing.T) {
	for _, c := range []struct {
		name    string
		first   func(l *loop, queue *logs.Queue)
		attends int64
	}{
		{"nothing", func(*loop, *logs.Queue) {}, 0},
		{"a wake", func(l *loop, _ *logs.Queue) { l.wake() }, 1},
		{"many wakes", func(l *loop, _ *logs.Queue) { l.wake(); l.wake(); l.wake() }, 1},
		{"a line", func(_ *loop, q *logs.Queue) { _ = q.Publish(time.Now(), logs.Info, 1, nil) }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				queue, ring := logs.NewQueue(8), logs.NewRing(8, 1)
				var attended atomic.Int64
				l := newLoop(queue, ring)
				var at []time.Duration
				l.start(500*time.Millisecond, work{
					tick:   func() { at = append(at, time.Since(begin)) },
					attend: func(time.Time) time.Time { attended.Inc(); return time.Time{} },
				})
				time.Sleep(200 * time.Millisecond)
				if l.begun.Load() {
					t.Error("it has begun with nothing to do")
				}
				c.first(l, queue)
				synctest.Wait()
				if attended.Load() != c.attends || queue.Len() != 0 {
					t.Errorf("attended %d times, want %d; %d lines wait", attended.Load(), c.attends, queue.Len())
				}
				time.Sleep(850 * time.Millisecond)
				l.end()
				want := []time.Duration{500 * time.Millisecond, time.Second}
				if !slices.Equal(at, want) || attended.Load() != c.attends+int64(len(want)) {
					t.Errorf("ticks at %v, want %v; attended %d times", at, want, attended.Load())
				}
			})
		})
	}
}

// A loop that is woken before it starts attends to that when it does.
func TestAWakeBeforeTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attended := 0
		l := newLoop(logs.NewQueue(8), logs.NewRing(8, 1))
		l.wake()
		l.start(time.Hour, work{tick: func() {}, attend: func(time.Time) time.Time { attended++; return time.Time{} }})
		defer l.end()
		synctest.Wait()
		if attended != 1 {
			t.Errorf("attended %d times, want once", attended)
		}
	})
}

// After its end nothing makes a loop begin, whether it had begun or not.
func TestAnEndedLoopDoesNotBegin(t *testing.T) {
	for _, begins := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l := start(time.Second, logs.NewQueue(8), logs.NewRing(8, 1), func() { t.Error("a tick") })
			if begins {
				l.wake()
			}
			l.end()
			l.wake()
			l.begin()
			time.Sleep(time.Minute)
		})
	}
}

func TestTheLongestIntervalNeverTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(clock.Milliseconds(math.MaxUint64), logs.NewQueue(8), logs.NewRing(8, 1), func() { t.Error("a tick") })
		defer l.end()
		time.Sleep(250 * 365 * 24 * time.Hour)
		if l.ticks.Load() != 0 {
			t.Errorf("%d ticks", l.ticks.Load())
		}
	})
}

// A published line wakes the loop.
func TestLinesReachTheRingWithoutATick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue, ring := logs.NewQueue(8), logs.NewRing(100, 1)
		l := start(clock.Milliseconds(math.MaxUint64), queue, ring, func() {})
		defer l.end()
		for n := range uint64(50) {
			if err := queue.Publish(time.Now(), logs.Info, n, nil); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if ring.Last() != n+1 {
				t.Fatalf("%d lines in the ring, want %d", ring.Last(), n+1)
			}
		}
	})
}

func TestEndMovesWaitingLinesToTheRing(t *testing.T) {
	for range 100 {
		queue, ring := logs.NewQueue(100), logs.NewRing(100, 1)
		l := start(time.Hour, queue, ring, func() {})
		for n := range 20 {
			if err := queue.Publish(time.Now(), logs.Info, 1, fmt.Append(nil, n)); err != nil {
				t.Fatal(err)
			}
		}
		l.end()
		records := ring.After(0, 0)
		for i, r := range records {
			if r.Message != fmt.Sprint(i) {
				t.Fatalf("line %d is %q", i, r.Message)
			}
		}
		if len(records) != 20 {
			t.Fatalf("%d lines in the ring, want 20", len(records))
		}
		if err := queue.Publish(time.Now(), logs.Info, 1, nil); !errors.Is(err, &fault.Error{Kind: fault.LoopClosed}) {
			t.Fatalf("a line after Stop: %v, want loop_closed", err)
		}
	}
}

// end waits for a tick that is running, and no tick comes after it.
func TestEndWaitsForTheTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopped := false
		l := start(time.Second, logs.NewQueue(8), logs.NewRing(8, 1), func() {
			time.Sleep(10 * time.Millisecond)
			if stopped {
				t.Error("a tick runs after Stop")
			}
		})
		time.Sleep(1005 * time.Millisecond)
		l.end()
		stopped = true
		time.Sleep(time.Minute)
	})
}
