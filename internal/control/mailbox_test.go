package control_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/control"
)

// event returns the event number n; no two numbers give equal events, and none replaces
// another.
func event(n int) control.Event {
	return control.Event{Kind: 99, GraceMS: uint64(n), Level: float32(n) / 2}
}

// take fails the test unless the oldest event is the given one.
func take(t *testing.T, q *control.Queue, n int) {
	t.Helper()
	if e, ok := q.TryNext(); !ok || e != event(n) {
		t.Fatalf("took %v %v, want %v", e, ok, event(n))
	}
}

func isEmpty(t *testing.T, q *control.Queue) {
	t.Helper()
	if e, ok := q.TryNext(); ok || e != (control.Event{}) {
		t.Fatalf("took %v %v, want nothing", e, ok)
	}
}

func TestQueueDropsTheNewestWhenFull(t *testing.T) {
	for _, capacity := range []int{1, 2, 3, 7, control.DefaultCapacity, 100} {
		t.Run(fmt.Sprint(capacity), func(t *testing.T) {
			q := control.NewQueue(capacity)
			for round := range 3 { // a queue that was full is as good as new
				for n := range capacity {
					if !q.Enqueue(event(n)) {
						t.Fatalf("round %d: event %d refused", round, n)
					}
				}
				for n := range 2 {
					if q.Enqueue(event(capacity + n)) {
						t.Fatalf("round %d: took more than %d", round, capacity)
					}
				}
				for n := range capacity {
					take(t, q, n)
				}
				isEmpty(t, q)
			}
		})
	}
}

func TestQueueKeepsOrderWhileItGrowsAndShrinks(t *testing.T) {
	q := control.NewQueue(1 << 60) // memory grows with what waits, not with this
	sent, taken := 0, 0
	for _, step := range []int{1, -1, 5, -3, 1000, -998, 10_000, -10_004} {
		for ; step > 0; step-- {
			if !q.Enqueue(event(sent)) {
				t.Fatalf("event %d refused", sent)
			}
			sent++
		}
		for ; step < 0; step++ {
			take(t, q, taken)
			taken++
		}
	}
	isEmpty(t, q)
}

func TestEachReceiveMakesRoom(t *testing.T) {
	q := control.NewQueue(3)
	for n := range 3 {
		q.Enqueue(event(n))
	}
	for n := range 100 {
		if q.Enqueue(event(-1)) {
			t.Fatal("took a fourth")
		}
		take(t, q, n)
		if !q.Enqueue(event(n + 3)) {
			t.Fatal("refused a third")
		}
	}
}

func TestNextWaitsForAnEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := control.NewQueue(8)
		go func() {
			time.Sleep(time.Hour)
			q.Enqueue(event(1))
		}()
		start := time.Now()
		e, ok := q.Next(t.Context())
		if !ok || e != event(1) || time.Since(start) != time.Hour {
			t.Errorf("got %v %v after %v, want event 1 after an hour", e, ok, time.Since(start))
		}
	})
}

func TestNextReturnsWhenItsContextIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := control.NewQueue(8)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		if e, ok := q.Next(ctx); ok || e != (control.Event{}) {
			t.Errorf("got %v %v, want nothing", e, ok)
		}
		if time.Since(start) != time.Minute {
			t.Errorf("gave up after %v, want a minute", time.Since(start))
		}
		q.Enqueue(event(1))
		if e, ok := q.Next(ctx); !ok || e != event(1) {
			t.Errorf("got %v %v, want what waits, whatever the context", e, ok)
		}
	})
}

func TestACancelledReaderLosesNoEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := control.NewQueue(8)
		impatient, cancel := context.WithCancel(t.Context())
		go q.Next(impatient)
		got := make(chan control.Event, 1)
		go func() {
			e, _ := q.Next(t.Context())
			got <- e
		}()
		synctest.Wait()
		cancel()
		synctest.Wait()
		q.Enqueue(event(1))
		if e := <-got; e != event(1) {
			t.Errorf("the patient reader got %v, want %v", e, event(1))
		}
	})
}

func TestEachEventGoesToOneReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const readers, writers, each = 8, 4, 500
		q := control.NewQueue(16)
		var mu sync.Mutex // guards seen
		seen := make(map[uint64]int)
		var reading, writing sync.WaitGroup
		for range readers {
			reading.Go(func() {
				for {
					e, ok := q.Next(t.Context())
					if !ok {
						return
					}
					mu.Lock()
					seen[e.GraceMS]++
					mu.Unlock()
				}
			})
		}
		for w := range writers {
			writing.Go(func() {
				for n := range each {
					for !q.Enqueue(event(w*each + n)) {
						runtime.Gosched()
					}
				}
			})
		}
		writing.Wait()
		q.EndWaits()
		reading.Wait()
		if len(seen) != writers*each {
			t.Errorf("%d of %d events came", len(seen), writers*each)
		}
		for id, times := range seen {
			if times != 1 {
				t.Errorf("event %d came %d times", id, times)
			}
		}
	})
}

func TestEventsOfOneWriterStayInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := control.NewQueue(4)
		go func() {
			for n := 0; n < 1000; {
				if q.Enqueue(event(n)) {
					n++
				} else {
					runtime.Gosched()
				}
			}
		}()
		for n := range 1000 {
			if e, ok := q.Next(t.Context()); !ok || e != event(n) {
				t.Fatalf("got %v %v, want %v", e, ok, event(n))
			}
		}
	})
}

func TestTheEndWakesAllReaders(t *testing.T) {
	for name, end := range map[string]func(*control.Queue){
		"Shut":  (*control.Queue).EndWaits,
		"Close": (*control.Queue).Close,
		"both":  func(q *control.Queue) { q.EndWaits(); q.Close(); q.EndWaits() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := control.NewQueue(8)
				var woken sync.WaitGroup
				for range 5 {
					woken.Go(func() {
						if e, ok := q.Next(context.Background()); ok || e != (control.Event{}) {
							t.Errorf("a reader got %v %v, want nothing", e, ok)
						}
					})
				}
				synctest.Wait()
				end(q)
				woken.Wait()
				if _, ok := q.Next(context.Background()); ok {
					t.Error("a later reader got something")
				}
			})
		})
	}
}

func TestEventsCanBeReceivedAfterEndWaits(t *testing.T) {
	q := control.NewQueue(8)
	q.Enqueue(event(1))
	q.EndWaits()
	if !q.Enqueue(event(2)) { // graceful_shutdown after sdk_shutdown sends SHUTDOWN
		t.Error("an event after Shut is refused")
	}
	for n := 1; n <= 2; n++ {
		if e, ok := q.Next(context.Background()); !ok || e != event(n) {
			t.Errorf("got %v %v, want %v", e, ok, event(n))
		}
	}
	if e, ok := q.Next(context.Background()); ok {
		t.Errorf("got %v, want nothing", e)
	}
}
