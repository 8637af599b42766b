package watchdog

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/life"
)

// daemons is a Busy that the test controls.
type daemons struct {
	busy, armed bool
	disarmed    int // calls of Disarm
	recalled    int // calls of Recall
}

func (d *daemons) Armed() bool { return d.armed }

func (d *daemons) Recall() { d.recalled++ }

func (d *daemons) Disarm() {
	d.disarmed++
	if !d.busy {
		d.armed = false
	}
}

// work makes a daemon busy.
func (d *daemons) work() { d.busy, d.armed = true, true }

// recorded returns a watchdog and the events that it reports.
func recorded(limit time.Duration, busy Busy) (*Watchdog, *[]life.Event) {
	reported := new([]life.Event)
	return New(limit, busy, func(e life.Event) { *reported = append(*reported, e) }), reported
}

func overdue(c *Callee, running time.Duration) life.Event {
	return life.Overdue{Daemon: life.Daemon{ID: c.ID}, Name: c.Name, Running: running}
}

func TestTheIntervalOfChecks(t *testing.T) {
	for limit, want := range map[time.Duration]time.Duration{
		time.Millisecond:       5 * time.Millisecond,
		20 * time.Millisecond:  5 * time.Millisecond,
		100 * time.Millisecond: 25 * time.Millisecond,
		4 * time.Second:        time.Second,
		5 * time.Second:        time.Second,
		1<<63 - 1:              time.Second,
	} {
		d := &daemons{}
		d.work()
		w, _ := recorded(limit, d)
		now := time.Now()
		if got := w.Attend(now).Sub(now); got != want {
			t.Errorf("a limit of %v: checks after %v, want %v", limit, got, want)
		}
	}
}

// The watchdog checks while any daemon is busy, and once more afterwards.
func TestChecksOnlyWhileADaemonIsBusy(t *testing.T) {
	d := &daemons{}
	w, reported := recorded(40*time.Millisecond, d)
	call, callee := w.NewCall(), &Callee{7, "a"}
	call.Assign(callee)
	dawn := time.Now()
	attend := func(what string, ms, want int) {
		t.Helper()
		at := func(ms int) time.Time { return dawn.Add(time.Duration(ms) * time.Millisecond) }
		wanted := at(want)
		if want < 0 {
			wanted = time.Time{}
		}
		if next := w.Attend(at(ms)); !next.Equal(wanted) {
			t.Errorf("%s, at %d ms: next after %v, want %d ms", what, ms, next.Sub(dawn), want)
		}
	}
	attend("none is busy", 0, -1)
	d.work()
	call.Begin(clock.At(dawn), false)
	attend("one becomes busy", 100, 110)
	attend("before it is due", 105, 110)
	attend("just before it is due", 109, 110)
	if len(*reported) != 0 || d.disarmed != 0 {
		t.Errorf("checked before it was due: %v", *reported)
	}
	attend("due", 110, 120)
	if want := []life.Event{overdue(callee, 110*time.Millisecond)}; !slices.Equal(*reported, want) {
		t.Errorf("reported %v, want %v", *reported, want)
	}
	attend("late", 150, 160)
	call.End()
	d.busy = false
	attend("none is busy any more, which the next check finds", 155, 160)
	attend("due, and none is busy", 160, -1)
	attend("none is busy", 170, -1)
	if d.disarmed != 3 {
		t.Errorf("checked %d times, want 3", d.disarmed)
	}
	d.work()
	attend("one becomes busy again", 200, 210)
	d.armed = false
	attend("it is idle again before the check", 205, -1)
	d.work()
	attend("the interval starts again", 209, 219)
	if len(*reported) != 1 {
		t.Errorf("reported %v", *reported)
	}
}

// All calls that have a callee are checked, and each reports its own callee.
func TestAllCallsAreChecked(t *testing.T) {
	d := &daemons{}
	d.work()
	w, reported := recorded(time.Second, d)
	var calls [4]*Call
	callees := [4]*Callee{{1, "a"}, {2, "b"}, {3, "c"}, {4, "d"}}
	for i := range calls {
		calls[i] = w.NewCall()
		calls[i].Assign(callees[i])
	}
	now := time.Now()
	began := clock.At(now)
	calls[0].Begin(began-time.Second, false)
	calls[1].Begin(began-5*time.Second, false)
	calls[2].Begin(began, false)
	calls[3].Begin(began-time.Hour, false)
	calls[3].Assign(nil) // its actor has ended
	w.Attend(now)
	w.Attend(now.Add(500 * time.Millisecond))
	want := []life.Event{overdue(callees[0], 1500*time.Millisecond), overdue(callees[1], 5500*time.Millisecond)}
	if !slices.Equal(*reported, want) {
		t.Errorf("reported %v, want %v", *reported, want)
	}
	w.Attend(now.Add(time.Second))
	want = append(want, overdue(callees[2], time.Second))
	if !slices.Equal(*reported, want) {
		t.Errorf("reported %v, want %v", *reported, want)
	}
	// A call that is assigned to another callee reports that one.
	calls[0].End()
	calls[0].Assign(callees[3])
	calls[0].Begin(began, false)
	w.Attend(now.Add(time.Minute))
	want = append(want, overdue(callees[3], time.Minute))
	if !slices.Equal(*reported, want) {
		t.Errorf("reported %v, want %v", *reported, want)
	}
}

func TestRunningAndWorking(t *testing.T) {
	w, _ := recorded(time.Second, &daemons{})
	var calls [5]*Call
	for i := range calls {
		calls[i] = w.NewCall()
		calls[i].Assign(&Callee{uint64(i), fmt.Sprint(i)})
	}
	want := func(what string, working bool, names ...string) {
		t.Helper()
		if got := w.Running(3); !slices.Equal(got, names) {
			t.Errorf("%s: %q run, want %q", what, got, names)
		}
		if got := w.Working(); got != working {
			t.Errorf("%s: working %v, want %v", what, got, working)
		}
	}
	want("idle", false)
	calls[2].BeginProbe(1)
	want("a probe", false, "2")
	calls[1].Begin(1, false)
	want("a probe and a callback", true, "1", "2")
	calls[1].End()
	calls[2].EndProbe()
	want("idle again", false)
	calls[2].Begin(1, false)
	want("a callback in the call that had a probe", true, "2")
	for _, c := range calls {
		c.Begin(1, true)
	}
	want("more than the limit", true, "0", "1", "2")
	calls[0].Assign(nil)
	want("an actor has ended", true, "1", "2", "3")
	if got := w.Running(0); got != nil {
		t.Errorf("a limit of 0: %q", got)
	}
}

// Calls that several goroutines make at the same time are all kept.
func TestCallsMadeConcurrently(t *testing.T) {
	const makers, each = 8, 100
	w, _ := recorded(time.Second, &daemons{})
	var making sync.WaitGroup
	for m := range makers {
		making.Go(func() {
			for i := range each {
				c := w.NewCall()
				c.Assign(&Callee{Name: fmt.Sprint(m, i)})
				c.Begin(1, false)
				w.Working()
			}
		})
	}
	making.Wait()
	names := w.Running(1 << 20)
	slices.Sort(names)
	if names = slices.Compact(names); len(names) != makers*each {
		t.Errorf("%d calls of %d", len(names), makers*each)
	}
}
