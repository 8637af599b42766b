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

// settle is how long callbacks may still run when the grace time is over.
const settle = 100 * time.Millisecond

// begins are the two ways to tell a daemon to shut down.
var begins = map[string]func(*actor.Actor, uint64) (actor.Grace, *fault.Error){
	"BeginStop":  (*actor.Actor).BeginStop,
	"BeginLeave": (*actor.Actor).BeginLeave,
}

// eachBegin runs a test for both, with an actor that is released at its end.
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

// waits fails the test unless Wait takes just so long, and says whether it is to go on.
func waits(t *testing.T, what string, g actor.Grace, took time.Duration, goOn bool) {
	t.Helper()
	begin := time.Now()
	if got := g.Wait(); got != goOn || time.Since(begin) != took {
		t.Errorf("%s: %v after %v, want %v after %v", what, got, time.Since(begin), goOn, took)
	}
}

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
				t.Errorf("%d ms are said to be %d", c.ms, g.MS)
			}
			if got := g.Patience(); got != c.took+settle {
				t.Errorf("patience of %v, want %v", got, c.took+settle)
			}
			waits(t, "the grace time", g, c.took, true)
			if got := g.Patience(); got != settle {
				t.Errorf("when it is over, patience of %v, want %v", got, settle)
			}
			waits(t, "again", g, 0, true)
			time.Sleep(time.Hour)
			if got := g.Patience(); got != settle {
				t.Errorf("long after, patience of %v, want %v", got, settle)
			}
		})
	}
}

// The longest grace time is as long as times can be, and not in the past.
func TestTheLongestGraceTime(t *testing.T) {
	eachBegin(t, func(t *testing.T, a *actor.Actor, begin func(uint64) actor.Grace) {
		g := begin(math.MaxUint64)
		if g.MS != math.MaxUint64 {
			t.Errorf("%d ms", g.MS)
		}
		go func() {
			time.Sleep(100 * 365 * 24 * time.Hour)
			_ = a.SayDone()
		}()
		waits(t, "a century", g, 100*365*24*time.Hour, true)
	})
}

func TestDoneEndsTheGraceTime(t *testing.T) {
	eachBegin(t, func(t *testing.T, a *actor.Actor, begin func(uint64) actor.Grace) {
		wantFault(t, "before", a.SayDone(), fault.InvalidState)
		g := begin(10_000)
		go func() {
			time.Sleep(3 * time.Second)
			wantFault(t, "SayDone", a.SayDone(), "")
			wantFault(t, "SayDone again", a.SayDone(), "")
		}()
		waits(t, "done", g, 3*time.Second, true)
		if got := g.Patience(); got != 7*time.Second+settle {
			t.Errorf("patience of %v: callbacks have what is left of the time", got)
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
		waits(t, "freed", g, 3*time.Second, false)
		wantFault(t, "SayDone", a.SayDone(), fault.AlreadyShutdown)
	})
}

// A node that is shut down ends no grace time: the daemon's own shutdown goes on.
func TestDetachEndsNoGraceTime(t *testing.T) {
	eachBegin(t, func(t *testing.T, a *actor.Actor, begin func(uint64) actor.Grace) {
		g := begin(10_000)
		go func() {
			time.Sleep(3 * time.Second)
			a.Detach()
		}()
		waits(t, "detached", g, 10*time.Second, true)
		wantFault(t, "SayDone", a.SayDone(), "")
	})
}

func TestWhatMayBegin(t *testing.T) {
	stop := func(a *actor.Actor) { _, _ = a.BeginStop(1) }
	leave := func(a *actor.Actor) { _, _ = a.BeginLeave(1) }
	for _, c := range []struct {
		rule              string
		do                []func(*actor.Actor)
		stop, leave, done fault.Kind
	}{
		{"a daemon that runs", nil, "", "", fault.InvalidState},
		{"one that is being stopped", []func(*actor.Actor){stop}, fault.Draining, "", ""},
		{"one that is stopped", []func(*actor.Actor){stop, (*actor.Actor).Pause}, fault.Stopped, "", fault.InvalidState},
		{"one that leaves", []func(*actor.Actor){leave}, fault.Draining, fault.AlreadyShutdown, ""},
		{"one that is stopped and leaves", []func(*actor.Actor){stop, (*actor.Actor).Pause, leave}, fault.Draining, fault.AlreadyShutdown, ""},
		{"one that leaves while it is being stopped", []func(*actor.Actor){stop, leave, (*actor.Actor).Pause}, fault.Draining, fault.AlreadyShutdown, ""},
		{"one whose node is shut down", []func(*actor.Actor){(*actor.Actor).Detach}, fault.Draining, "", fault.InvalidState},
		{"one that leaves, whose node is shut down", []func(*actor.Actor){leave, (*actor.Actor).Detach}, fault.Draining, fault.AlreadyShutdown, ""},
		{"one whose handle is consumed", []func(*actor.Actor){finish}, fault.Draining, fault.AlreadyShutdown, fault.AlreadyShutdown},
		{"one whose handle is freed", []func(*actor.Actor){release}, fault.Draining, fault.AlreadyShutdown, fault.AlreadyShutdown},
	} {
		t.Run(c.rule, func(t *testing.T) {
			in := func() *actor.Actor {
				a := newActor(t, sched.NewPool(), &daemon{})
				for _, do := range c.do {
					do(a)
				}
				return a
			}
			_, err := in().BeginStop(1)
			wantFault(t, "BeginStop", err, c.stop)
			_, err = in().BeginLeave(1)
			wantFault(t, "BeginLeave", err, c.leave)
			wantFault(t, "SayDone", in().SayDone(), c.done)
		})
	}
}

// What a daemon said of one stop doesn't hold for the next.
func TestDoneIsOfOneStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newActor(t, sched.NewPool(), &daemon{})
		for range 3 {
			g, err := a.BeginStop(1_000)
			wantFault(t, "BeginStop", err, "")
			wantFault(t, "SayDone", a.SayDone(), "")
			waits(t, "a stop that is done", g, 0, true)
			a.Pause()
			wantFault(t, "Resume", a.Resume(), "")
			g, err = a.BeginStop(1_000)
			wantFault(t, "BeginStop", err, "")
			waits(t, "one that isn't", g, time.Second, true)
			a.Pause()
			wantFault(t, "Resume", a.Resume(), "")
		}
	})
}

// A daemon that says that it is done while two shutdowns wait for it has said it to
// both.
func TestDoneIsSaidToStopAndLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newActor(t, sched.NewPool(), &daemon{})
		stop, err := a.BeginStop(60_000)
		wantFault(t, "BeginStop", err, "")
		leave, err := a.BeginLeave(30_000)
		wantFault(t, "BeginLeave", err, "")
		wantFault(t, "SayDone", a.SayDone(), "")
		waits(t, "the stop", stop, 0, true)
		waits(t, "the graceful shutdown", leave, 0, true)
	})
}

// Events are refused from the beginning of the grace time, and those that wait are
// still processed.
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
