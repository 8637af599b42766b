package watchdog

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/clock"
)

// A callback is overdue once it has run for the limit. A rough time may be early by a tick,
// so a callback with such a time gets a tick more.
func TestReportAtTheLimit(t *testing.T) {
	for _, c := range []struct {
		rule       string
		limit, ran time.Duration
		rough      bool
		want       bool
	}{
		{"nothing has passed", time.Second, 0, false, false},
		{"just before the limit", time.Second, time.Second - 1, false, false},
		{"at the limit", time.Second, time.Second, false, true},
		{"long after", time.Second, time.Hour, false, true},
		{"rough, at the limit", time.Second, time.Second, true, false},
		{"rough, just before a tick more", time.Second, time.Second + tick - 1, true, false},
		{"rough, a tick more", time.Second, time.Second + tick, true, true},
		{"a limit of a tick", tick, tick, false, true},
		{"a limit of a tick, rough", tick, 2*tick - 1, true, false},
		{"a limit below a tick", time.Millisecond, time.Millisecond, false, true},
		{"a limit below a tick, rough, nothing has passed", time.Millisecond, 0, true, false},
		{"a limit below a tick, rough, past the limit", time.Millisecond, 5 * time.Millisecond, true, false},
		{"a limit below a tick, rough, a tick", time.Millisecond, tick, true, false},
		{"a limit below a tick, rough, just before both", time.Millisecond, tick + time.Millisecond - 1, true, false},
		{"a limit below a tick, rough, both", time.Millisecond, tick + time.Millisecond, true, true},
		{"a time in the future", time.Millisecond, -time.Second, false, false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			const now = 2 * time.Hour
			call := new(Call)
			call.Begin(now-c.ran, c.rough)
			running, overdue := call.report(now, c.limit)
			if overdue != c.want || overdue && running != c.ran {
				t.Errorf("running %v, overdue %v, want %v", running, overdue, c.want)
			}
			if _, shown := call.Running(now); shown != c.want {
				t.Errorf("shown as overdue: %v, want %v", shown, c.want)
			}
		})
	}
}

func TestAnExactTimeAfterARoughOne(t *testing.T) {
	call := new(Call)
	call.Begin(time.Second, true)
	call.End()
	call.Begin(time.Second, false)
	if _, overdue := call.report(2*time.Second, time.Second); !overdue {
		t.Error("the time still counts as rough")
	}
}

// Each callback is reported once, and later ones are reported again.
func TestACallbackIsReportedOnce(t *testing.T) {
	call := new(Call)
	now := time.Hour
	for range 3 {
		call.Begin(now, false)
		now += time.Second
		if running, overdue := call.report(now, time.Second); !overdue || running != time.Second {
			t.Errorf("running %v, overdue %v", running, overdue)
		}
		for range 3 {
			now += time.Second
			if _, overdue := call.report(now, time.Second); overdue {
				t.Error("reported again")
			}
			if _, overdue := call.Running(now); !overdue {
				t.Error("no longer shown as overdue")
			}
		}
		call.End()
		if running, overdue := call.report(now+time.Hour, time.Second); running != 0 || overdue {
			t.Errorf("none runs: running %v, overdue %v", running, overdue)
		}
	}
}

func TestRunning(t *testing.T) {
	call := new(Call)
	want := func(what string, at, want time.Duration) {
		t.Helper()
		if running, overdue := call.Running(at); running != want || overdue {
			t.Errorf("%s: running for %v, overdue %v; want %v", what, running, overdue, want)
		}
	}
	want("before the first", time.Hour, 0)
	call.Begin(time.Hour, false)
	want("one that has just begun", time.Hour, 1) // 0 would mean that none runs
	want("one that began after the time was read", time.Hour-1, 1)
	want("one that has run for a second", time.Hour+time.Second, time.Second)
	call.End()
	want("between two", time.Hour+time.Second, 0)
	call.BeginProbe(2 * time.Hour)
	want("a probe", 3*time.Hour, time.Hour)
	call.EndProbe()
	want("at the end", 3*time.Hour, 0)
}

// End returns the whole time of a callback that was reported, otherwise 0.
func TestEndReturnsTheTimeOfAnOverdueCallback(t *testing.T) {
	for _, c := range []struct {
		rule  string
		begin func(*Call)
		end   func(*Call) time.Duration
	}{
		{"a callback", func(c *Call) { c.Begin(clock.Now(), false) }, (*Call).End},
		{"a callback with a rough time", func(c *Call) { c.Begin(clock.Now(), true) }, (*Call).End},
		{"a probe", func(c *Call) { c.BeginProbe(clock.Now()) }, (*Call).EndProbe},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				call := new(Call)
				for i, s := range []struct {
					check, more, want time.Duration
				}{
					{time.Second, time.Hour, 0}, // not overdue yet when checked
					{3 * time.Second, 4 * time.Second, 7 * time.Second},
					{time.Second, 0, 0},
					{3 * time.Second, 0, 3 * time.Second},
				} {
					time.Sleep(time.Minute)
					c.begin(call)
					time.Sleep(s.check)
					call.report(clock.Now(), 2*time.Second)
					time.Sleep(s.more)
					if took := c.end(call); took != s.want {
						t.Errorf("%d: took %v, want %v", i, took, s.want)
					}
				}
			})
		})
	}
}

// A check that races with the change from one callback to the next must not take the rough
// time of the first for an exact one. Neither callback is ever overdue. A mistake shows
// under the race detector; without it, both loops are too fast.
func TestReportBetweenTwoCallbacks(t *testing.T) {
	const now, limit = 20 * time.Millisecond, 5 * time.Millisecond
	call := new(Call)
	var running sync.WaitGroup
	stop := make(chan struct{})
	running.Go(func() {
		for i := time.Duration(0); ; i = (i + 1) % time.Millisecond { // no two begin at the same time
			select {
			case <-stop:
				return
			default:
			}
			call.Begin(now-9*time.Millisecond+i, true)
			call.End()
			call.Begin(now-2*time.Millisecond+i, false)
			call.End()
		}
	})
	for range 5_000_000 {
		if ran, overdue := call.report(now, limit); overdue {
			t.Errorf("reported after %v", ran)
			break
		}
	}
	close(stop)
	running.Wait()
}
