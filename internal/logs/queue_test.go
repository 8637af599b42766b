package logs_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
)

var epoch = time.UnixMilli(1_000_000)

// publish enqueues a numbered line.
func publish(q *logs.Queue, n int) error {
	if err := q.Publish(epoch.Add(time.Duration(n)), logs.Level(n%5), uint64(n), fmt.Appendf(nil, "line %d", n)); err != nil {
		return err
	}
	return nil
}

func mustPublish(t *testing.T, q *logs.Queue, numbers ...int) {
	t.Helper()
	for _, n := range numbers {
		if err := publish(q, n); err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
	}
}

// drained fails the test unless exactly these numbered lines wait.
func drained(t *testing.T, q *logs.Queue, want ...int) {
	t.Helper()
	if q.Len() != len(want) {
		t.Errorf("%d lines wait, want %d", q.Len(), len(want))
	}
	got := 0
	q.Drain(func(l logs.Line) {
		if got >= len(want) {
			t.Fatalf("a line more than the %d wanted: %q", len(want), l.Message)
		}
		n := want[got]
		if string(l.Message) != fmt.Sprintf("line %d", n) || l.Level != logs.Level(n%5) || l.DaemonID != uint64(n) || !l.Time.Equal(epoch.Add(time.Duration(n))) {
			t.Errorf("line %d is %+v, message %q", n, l, l.Message)
		}
		got++
	})
	if got != len(want) {
		t.Errorf("%d lines came, want %d", got, len(want))
	}
}

func refused(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if !errors.Is(err, &fault.Error{Kind: kind}) {
		t.Errorf("error %v, want %s", err, kind)
	}
}

func TestQueueHandsOutInOrder(t *testing.T) {
	q := logs.NewQueue(100)
	drained(t, q)
	mustPublish(t, q, 1, 2, 3)
	drained(t, q, 1, 2, 3)
	drained(t, q)
	for n := range 50 { // both batches, with other lengths
		mustPublish(t, q, n)
		mustPublish(t, q, n*1000, 7)
		drained(t, q, n, n*1000, 7)
	}
}

func TestQueueRefusesWhatDoesNotFit(t *testing.T) {
	for _, capacity := range []int{1, 2, 16} {
		t.Run(fmt.Sprint(capacity), func(t *testing.T) {
			q := logs.NewQueue(capacity)
			for range 3 {
				var want []int
				for n := range capacity {
					mustPublish(t, q, n)
					want = append(want, n)
				}
				refused(t, publish(q, 99), fault.QueueFull)
				refused(t, publish(q, 99), fault.QueueFull)
				drained(t, q, want...)
			}
		})
	}
}

func TestQueueOfAnyCapacityCostsNothing(t *testing.T) {
	q := logs.NewQueue(1<<61 - 1)
	mustPublish(t, q, 1, 2)
	drained(t, q, 1, 2)
}

func TestQueueCopiesTheMessage(t *testing.T) {
	q := logs.NewQueue(10)
	message := []byte("line 5")
	if err := q.Publish(epoch.Add(5), logs.Trace, 5, message); err != nil {
		t.Fatal(err)
	}
	clear(message)
	drained(t, q, 5)
}

func TestQueueTakesAnyMessage(t *testing.T) {
	q := logs.NewQueue(10)
	want := [][]byte{nil, []byte("a\x00b"), {}, bytes.Repeat([]byte("x"), mebibyte), []byte("\n"), nil}
	for _, m := range want {
		if err := q.Publish(epoch, logs.Info, 1, m); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	q.Drain(func(l logs.Line) {
		if !bytes.Equal(l.Message, want[n]) {
			t.Errorf("message %d has %d bytes, want %d", n, len(l.Message), len(want[n]))
		}
		n++
	})
}

func TestClosedQueueKeepsWhatWaits(t *testing.T) {
	q := logs.NewQueue(2)
	mustPublish(t, q, 1, 2)
	q.Close()
	refused(t, publish(q, 3), fault.LoopClosed) // it is also full, but closed takes precedence
	drained(t, q, 1, 2)
	refused(t, publish(q, 3), fault.LoopClosed)
	q.Close()
	drained(t, q)
}

func TestQueueWakesOnceForABatch(t *testing.T) {
	q := logs.NewQueue(100)
	wakes := func() int {
		n := 0
		for {
			select {
			case <-q.Wake():
				n++
			default:
				return n
			}
		}
	}
	if n := wakes(); n != 0 {
		t.Errorf("%d wakes before the first line", n)
	}
	for round := range 3 {
		mustPublish(t, q, 1, 2, 3)
		if n := wakes(); n != 1 {
			t.Errorf("round %d: %d wakes for three lines, want 1", round, n)
		}
		drained(t, q, 1, 2, 3)
	}
	mustPublish(t, q, 1)
	drained(t, q, 1)
	mustPublish(t, q, 2) // while the wake of the first is still pending
	if n := wakes(); n != 1 {
		t.Errorf("%d wakes, want 1", n)
	}
	drained(t, q, 2)
}

// A goroutine that drains only when it is woken gets every line. If a wake were lost, all
// goroutines would wait forever, which synctest reports.
func TestNoWakeIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const writers, each = 4, 2000
		q := logs.NewQueue(8)
		received := make(chan struct{}, writers*each)
		done := make(chan struct{})
		go func() {
			next := make(map[uint64]int)
			for {
				select {
				case <-q.Wake():
					q.Drain(func(l logs.Line) {
						if want := fmt.Sprint(next[l.DaemonID]); string(l.Message) != want {
							t.Errorf("writer %d: line %s, want %s", l.DaemonID, l.Message, want)
						}
						next[l.DaemonID]++
						received <- struct{}{}
					})
				case <-done:
					return
				}
			}
		}()
		var writing sync.WaitGroup
		for w := range uint64(writers) {
			writing.Go(func() {
				for n, tries := 0, 0; n < each; {
					if q.Publish(epoch, logs.Info, w, fmt.Append(nil, n)) == nil {
						n, tries = n+1, 0
						continue
					}
					if tries++; tries > 1000 {
						return
					}
					time.Sleep(time.Nanosecond) // until the draining goroutine waits again
				}
			})
		}
		for range writers * each {
			<-received
		}
		writing.Wait()
		close(done)
	})
}

func TestALineCostsNoAllocation(t *testing.T) {
	q := logs.NewQueue(64)
	ring := logs.NewRing(64, 1)
	message := []byte("a line of some length that is about as long as lines are")
	round := func() {
		for range 64 {
			if err := q.Publish(epoch, logs.Info, 1, message); err != nil {
				t.Fatal(err)
			}
		}
		<-q.Wake()
		q.Drain(ring.Append)
	}
	for range 4 { // both batches and all slots get their memory
		round()
	}
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("%v allocations for 64 lines, want none", n)
	}
}

func TestQueueKeepsNoGiantText(t *testing.T) {
	q := logs.NewQueue(10)
	keepsAtMost(t, 8*mebibyte, func() {
		giant := make([]byte, 32*mebibyte)
		for range 2 { // one for each batch
			if err := q.Publish(epoch, logs.Info, 1, giant); err != nil {
				t.Fatal(err)
			}
			q.Drain(func(logs.Line) {})
		}
	}, q)
	mustPublish(t, q, 1)
	drained(t, q, 1)
}
