package logs_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/logs"
)

// collector is a follower that collects sequence numbers. The list may be read after
// synctest.Wait or when the follower has ended.
type collector struct{ seqs []uint64 }

func (c *collector) follow(r logs.Record) { c.seqs = append(c.seqs, r.Seq) }

func (c *collector) has(t *testing.T, want ...uint64) {
	t.Helper()
	if fmt.Sprint(c.seqs) != fmt.Sprint(want) {
		t.Errorf("followed %v, want %v", c.seqs, want)
	}
}

// ended fails the test unless the previous follower has ended, or there was none.
func ended(t *testing.T, done <-chan struct{}) {
	t.Helper()
	if done == nil {
		return
	}
	select {
	case <-done:
	case <-time.After(time.Hour): // of the bubble
		t.Error("the follower has not ended")
	}
}

func TestAFollowerGetsNewRecordsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := logs.NewRing(100, node)
		followers := logs.NewFollowers(ring)
		appendLine(ring, 1)
		var first, second collector
		if done := followers.Set(logs.Trace, first.follow); done != nil {
			t.Error("there was a follower before")
		}
		for seq := range uint64(5) {
			appendLine(ring, seq+2)
			if seq%2 == 0 {
				synctest.Wait()
			}
		}
		synctest.Wait()
		first.has(t, 2, 3, 4, 5, 6)

		ended(t, followers.Set(logs.Trace, second.follow))
		appendLine(ring, 7)
		synctest.Wait()
		ended(t, followers.Set(logs.Trace, nil))
		appendLine(ring, 8)
		synctest.Wait()
		first.has(t, 2, 3, 4, 5, 6)
		second.has(t, 7)
		if done := followers.Stop(); done != nil {
			t.Error("there is a follower still")
		}
	})
}

func TestAFollowerGetsItsLevelsOnly(t *testing.T) {
	for least, want := range map[logs.Level][]uint64{
		logs.Trace: {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, // their levels are 1 2 3 4 0 1 2 3 4 0
		logs.Debug: {1, 2, 3, 4, 6, 7, 8, 9},
		logs.Warn:  {3, 4, 8, 9},
		logs.Error: {4, 9},
	} {
		synctest.Test(t, func(t *testing.T) {
			ring := logs.NewRing(100, node)
			followers := logs.NewFollowers(ring)
			var c collector
			followers.Set(least, c.follow)
			for seq := range uint64(10) {
				appendLine(ring, seq+1)
			}
			ended(t, followers.Stop())
			c.has(t, want...)
		})
	}
}

// Stop passes on the remaining lines; a function that is replaced gets no line after the
// one that it is handling.
func TestTheLastLines(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(*logs.Followers) <-chan struct{}
		want []uint64
	}{
		{"Stop", (*logs.Followers).Stop, []uint64{1, 2, 3}},
		{"Set", func(f *logs.Followers) <-chan struct{} { return f.Set(logs.Trace, nil) }, []uint64{1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ring := logs.NewRing(100, node)
				followers := logs.NewFollowers(ring)
				var seen collector
				followers.Set(logs.Trace, func(r logs.Record) {
					seen.follow(r)
					time.Sleep(time.Minute)
				})
				for seq := range uint64(3) {
					appendLine(ring, seq+1)
				}
				synctest.Wait() // it is handling the first
				ended(t, c.end(followers))
				seen.has(t, c.want...)
				followers.Stop()
			})
		})
	}
}

func TestNobodyFollowsAfterStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := logs.NewRing(100, node)
		followers := logs.NewFollowers(ring)
		followers.Stop()
		if followers.Set(logs.Trace, func(logs.Record) { t.Error("followed after Stop") }) != nil {
			t.Error("there was a follower before")
		}
		appendLine(ring, 1)
		synctest.Wait()
	})
}

// A slow follower misses the records that the ring has overwritten, gets the others in
// order, and delays nobody.
func TestASlowFollowerMissesLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := logs.NewRing(4, node)
		followers := logs.NewFollowers(ring)
		var seen collector
		followers.Set(logs.Trace, func(r logs.Record) {
			seen.follow(r)
			time.Sleep(time.Minute)
		})
		appendLine(ring, 1)
		synctest.Wait()
		for seq := range uint64(9) {
			appendLine(ring, seq+2)
		}
		ended(t, followers.Stop())
		seen.has(t, 1, 7, 8, 9, 10)
	})
}

// However often a function replaces itself while it runs, no two overlap, and everybody
// who waits, waits for all of them.
func TestReplacedFunctionsDontOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := logs.NewRing(64, 0)
		f := logs.NewFollowers(ring)
		running, most, calls := 0, 0, 0
		var follow logs.Follower
		follow = func(logs.Record) {
			running++
			most = max(most, running)
			if calls++; calls < 20 {
				f.Set(logs.Trace, follow)
				ring.Append(logs.Line{Level: logs.Info}) // for the successor
			}
			time.Sleep(time.Second)
			running--
		}
		f.Set(logs.Trace, follow)
		ring.Append(logs.Line{Level: logs.Info})
		time.Sleep(time.Minute)
		<-f.Set(logs.Trace, nil)
		if most != 1 || calls != 20 {
			t.Errorf("%d at the same time in %d calls, want 1 in 20", most, calls)
		}
	})
}

func TestEverybodyWaitsForAFunctionThatReplacedItself(t *testing.T) {
	for name, wait := range map[string]func(*logs.Followers) <-chan struct{}{
		"set":  func(f *logs.Followers) <-chan struct{} { return f.Set(logs.Trace, nil) },
		"stop": func(f *logs.Followers) <-chan struct{} { return f.Stop() },
	} {
		synctest.Test(t, func(t *testing.T) {
			ring := logs.NewRing(8, 0)
			f := logs.NewFollowers(ring)
			returned := false
			f.Set(logs.Trace, func(logs.Record) {
				f.Set(logs.Trace, nil)
				time.Sleep(time.Minute)
				returned = true
			})
			ring.Append(logs.Line{Level: logs.Info})
			synctest.Wait()
			if <-wait(f); !returned {
				t.Errorf("%s: the function still runs", name)
			}
		})
	}
}
