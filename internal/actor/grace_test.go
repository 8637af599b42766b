package actor_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/fault"
	"netmeshos/internal/sched"
)

// slack is how long callbacks may still run when the grace time is over.
const slack = 100 * time.Millisecond

// begins are the two calls that start a grace time.
var begins = map[string]func(*actor.Actor, uint64) (actor.Grace, *fault.Error){
	"BeginStop":     (*actor.Actor).BeginStop,
	"BeginShutdown": (*actor.Actor).BeginShutdown,
}

// eachBegin runs a test for both calls.
func eachBegin(t *testing.T, test func(*testing.T, *actor.Actor, func(ms uint64) actor.Grace)) {
	for name, begin := range begins {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newActor(t, sched.NewPool(), &daemon{})
				test(t, a, func(ms uint64) actor.Grace {
					t.Helper()
					g, err := begin(a, ms)
					if err != nil {
						t.Fatal(err)
					}
					return g
				})
			})
		})
	}
}

// wantWait fails the test unless Wait takes exactly this long and returns this result.
func wantWait(t *testing.T, what string, g actor.Grace, took time.Duration, result bool) {
	t.Helper()
	begin := time.Now()
	if got := g.Wait(); got != result || time.Since(begin) != took {
		t.Errorf("%s: %v after %v, want %v after %v", what, got, time.Since(begin), result, took)
	}
}

// wantFault fails the test unless the error is of the kind; "" means none.
func wantFault(t *testing.T, what string, err *fault.Error, kind fault.Kind) {
	t.Helper()
	switch {
	case kind == "" && err != nil:
		t.Errorf("%s: %v", what, err)
	case kind != "" && (err == nil || err.Kind != kind):
		t.Errorf("%s: %v, want %s", what, err, kind)
	}
}

func TestTheGraceTime(t *testing.T) {
	for _, c := range []struct {
		ms, shown uint64
		took      time.Duration
	}{
		{0, 5_000, 5 * time.Second},
		{1, 1, time.Millisecond},
		{60_000, 60_000, time.Minute},
	} {
		eachBegin(t, func(t *testing.T, _ *actor.Actor, begin func(uint64) actor.Grace) {
			g := begin(c.ms)
			if g.MS != c.shown {
				t.Errorf("a grace time of %d ms is shown as %d", c.ms, g.MS)
			}
			if got := g.CallbackLimit(); got != c.took+slack {
				t.Errorf("callbacks may run for %v, want %v", got, c.took+slack)
			}
			wantWait(t, "the grace time", g, c.took, true)
			if got := g.CallbackLimit(); got != slack {
				t.Errorf("when it is over, callbacks may run for %v, want %v", got, slack)
			}
			wantWait(t, "again", g, 0, true)
			time.Sleep(time.Hour)
			if got := g.CallbackLimit(); got != slack {
				t.Errorf("long after, callbacks may run for %v, want %v", got, slack)
			}
		})
	}
}

// The longest grace time is cut to the longest duration. It doesn't overflow.
func TestTheLongestGraceTime(t *testing.T) {
	eachBegin(t, func(t *testing.T, a *actor.Actor, begin func(uint64) actor.Grace) {
		g := begin(math.MaxUint64)
		if g.MS != math.MaxUint64 {
			t.Errorf("%d ms", g.MS)
		}
		go func() {
			time.Sleep(100 * 365 * 24 * time.Hour)
			_ = a.EndGrace()
		}()
		wantWait(t, "a century", g, 100*365*24*time.Hour, true)
	})
}

func TestEndGraceEndsTheGraceTime(t *testing.T) {
	eachBegin(t, func(t *testing.T, a *actor.Actor, begin func(uint64) actor.Grace) {
		wantFault(t, "before", a.EndGrace(), fault.InvalidState)
		g := begin(10_000)
		go func() {
			time.Sleep(3 * time.Second)
			wantFault(t, "EndGrace", a.EndGrace(), "")
			wantFault(t, "EndGrace again", a.EndGrace(), "")
		}()
		wantWait(t, "ended early", g, 3*time.Second, true)
		if got := g.CallbackLimit(); got != 7*time.Second+slack {
			t.Errorf("callbacks may run for %v, want the rest of the grace time", got)
		}
	})
}

func TestFreeingTheHandleEndsTheGraceTime(t *testing.T) {
	eachBegin(t, func(t *testing.T, a *actor.Actor, begin func(uint64) actor.Grace) {
		g := begin(10_000)
		go func() {
			time.Sleep(3 * time.Second)
			a.Release()
			a.Release()
		}()
		wantWait(t, "freed", g, 3*time.Second, false)
		wantFault(t, "EndGrace", a.EndGrace(), fault.AlreadyShutdown)
	})
}

// A shutdown of the node doesn't end a grace time: the daemon's own shutdown goes on.
func TestDetachDoesNotEndTheGraceTime(t *testing.T) {
	eachBegin(t, func(t *testing.T, a *actor.Actor, begin func(uint64) actor.Grace) {
		g := begin(10_000)
		go func() {
			time.Sleep(3 * time.Second)
			a.Terminate()
		}()
		wantWait(t, "terminated", g, 10*time.Second, true)
		wantFault(t, "EndGrace", a.EndGrace(), "")
	})
}

func TestWhichCallsEachStateRefuses(t *testing.T) {
	stop := func(a *actor.Actor) { _, _ = a.BeginStop(1) }
	shutDown := func(a *actor.Actor) { _, _ = a.BeginShutdown(1) }
	for _, c := range []struct {
		rule                     string
		do                       []func(*actor.Actor)
		stop, shutDown, endGrace fault.Kind
	}{
		{"running", nil, "", "", fault.InvalidState},
		{"being stopped", []func(*actor.Actor){stop}, fault.Draining, "", ""},
		{"stopped", []func(*actor.Actor){stop, (*actor.Actor).Stop}, fault.Stopped, "", fault.InvalidState},
		{"shutting down", []func(*actor.Actor){shutDown}, fault.Draining, fault.AlreadyShutdown, ""},
		{"stopped and shutting down", []func(*actor.Actor){stop, (*actor.Actor).Stop, shutDown}, fault.Draining, fault.AlreadyShutdown, ""},
		{"shutting down since before the end of a stop", []func(*actor.Actor){stop, shutDown, (*actor.Actor).Stop}, fault.Draining, fault.AlreadyShutdown, ""},
		{"terminated", []func(*actor.Actor){(*actor.Actor).Terminate}, fault.Draining, "", fault.InvalidState},
		{"shutting down, and terminated", []func(*actor.Actor){shutDown, (*actor.Actor).Terminate}, fault.Draining, fault.AlreadyShutdown, ""},
		{"with a consumed handle", []func(*actor.Actor){finish}, fault.Draining, fault.AlreadyShutdown, fault.AlreadyShutdown},
		{"with a freed handle", []func(*actor.Actor){release}, fault.Draining, fault.AlreadyShutdown, fault.AlreadyShutdown},
	} {
		t.Run(c.rule, func(t *testing.T) {
			inState := func() *actor.Actor {
				a := newActor(t, sched.NewPool(), &daemon{})
				for _, do := range c.do {
					do(a)
				}
				return a
			}
			_, err := inState().BeginStop(1)
			wantFault(t, "BeginStop", err, c.stop)
			_, err = inState().BeginShutdown(1)
			wantFault(t, "BeginShutdown", err, c.shutDown)
			wantFault(t, "EndGrace", inState().EndGrace(), c.endGrace)
		})
	}
}

// EndGrace ends the grace time of one stop, not that of the next.
func TestEndGraceIsForOneStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newActor(t, sched.NewPool(), &daemon{})
		for range 3 {
			g, err := a.BeginStop(1_000)
			wantFault(t, "BeginStop", err, "")
			wantFault(t, "EndGrace", a.EndGrace(), "")
			wantWait(t, "a stop that is ended early", g, 0, true)
			a.Stop()
			wantFault(t, "Restart", a.Restart(), "")
			g, err = a.BeginStop(1_000)
			wantFault(t, "BeginStop", err, "")
			wantWait(t, "the next stop", g, time.Second, true)
			a.Stop()
			wantFault(t, "Restart", a.Restart(), "")
		}
	})
}

// EndGrace ends the grace times of a stop and of a graceful shutdown that overlap.
func TestEndGraceEndsAStopAndAShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newActor(t, sched.NewPool(), &daemon{})
		stop, err := a.BeginStop(60_000)
		wantFault(t, "BeginStop", err, "")
		shutdown, err := a.BeginShutdown(30_000)
		wantFault(t, "BeginShutdown", err, "")
		wantFault(t, "EndGrace", a.EndGrace(), "")
		wantWait(t, "the stop", stop, 0, true)
		wantWait(t, "the graceful shutdown", shutdown, 0, true)
	})
}

// During the grace time new events are refused, and the waiting ones are processed.
func TestEventsDuringTheGraceTime(t *testing.T) {
	for name, begin := range begins {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newGated(0)
				a := actor.New(env(sched.NewPool()), 1, "daemon", d, channel())
				defer a.Release()
				mustPost(t, a, 3)
				_, err := begin(a, 60_000)
				wantFault(t, "begin", err, "")
				_, err = a.Post(numbered(1))
				wantFault(t, "Post", err, fault.Draining)
				d.letAll()
				synctest.Wait()
				if got := d.all(); got != "[0/1 0/2 0/3]" {
					t.Errorf("processed %s", got)
				}
			})
		})
	}
}
