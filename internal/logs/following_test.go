package logs_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/logs"
)

// say appends lines to a ring.
func say(ring *logs.Ring, lines int) {
	for range lines {
		ring.Append(logs.Line{Time: time.Now(), Level: logs.Info, Message: []byte("line")})
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// A replaced function gets no more records, but may finish the one that it is handling.
func TestAReplacedFunctionIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := logs.NewRing(8, 9)
		f := logs.NewFollowers(ring)
		var slow, next collector
		gate := make(chan struct{})
		f.Set(logs.Trace, func(r logs.Record) { slow.follow(r); <-gate })
		say(ring, 3)
		synctest.Wait()
		done := f.Set(logs.Trace, next.follow)
		say(ring, 1)
		synctest.Wait()
		if isClosed(done) {
			t.Error("the function before is said to be over while it runs")
		}
		next.has(t) // it waits for its predecessor
		close(gate)
		<-done
		synctest.Wait()
		next.has(t, 4)
		slow.has(t, 1)
		<-f.Stop()
	})
}

// Followers change while lines are written. Each line goes to at most one follower of all
// levels, in order.
func TestFollowersThatChange(t *testing.T) {
	ring := logs.NewRing(100_000, 9)
	f := logs.NewFollowers(ring)
	stop := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() {
		for range 20_000 {
			say(ring, 1)
		}
		close(stop)
	})
	var last uint64 // needs no lock: a follower has returned when the next one is set
	for changed := true; changed; changed = !isClosed(stop) {
		if done := f.Set(logs.Trace, nil); done != nil {
			<-done
		}
		f.Set(logs.Trace, func(r logs.Record) {
			if r.Seq <= last {
				t.Errorf("record %d after %d", r.Seq, last)
			}
			last = r.Seq
		})
	}
	writing.Wait()
	say(ring, 1)
	<-f.Stop()
	if last != 20_001 {
		t.Errorf("the last record is %d", last)
	}
}

// Each record wakes the follower, whenever it comes.
func TestEveryRecordWakesTheFollower(t *testing.T) {
	ring := logs.NewRing(16, 9)
	f := logs.NewFollowers(ring)
	got := make(chan uint64)
	f.Set(logs.Trace, func(r logs.Record) { got <- r.Seq })
	for n := range uint64(20_000) {
		say(ring, 1)
		select {
		case seq := <-got:
			if seq != n+1 {
				t.Fatalf("record %d after %d", seq, n)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("record %d does not come", n+1)
		}
	}
	<-f.Stop()
}
