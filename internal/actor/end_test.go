package actor_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/control"
	"netmeshos/internal/sched"
	"netmeshos/internal/vitals"
)

// Control events and probes that wait when a daemon ends, and that come later.
func TestWorkThatWaitsAtTheEnd(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(*actor.Actor)
		want []int // events that on_control gets
	}{
		{"Stop drops what waits", release, []int{0}},
		{"Finish delivers what waits", finish, []int{0, 1, 2}},
		{"Stop after Finish drops what waits", func(a *actor.Actor) { finish(a); a.Release() }, []int{0}},
		{"Finish after Stop delivers nothing", func(h *actor.Actor) { h.Release(); finish(h) }, []int{0}},
		{"Finish twice is as good as once", func(h *actor.Actor) { finish(h); finish(h) }, []int{0, 1, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate()
				var got []int
				probes := 0
				d := &daemon{
					onControl: func(e control.Event) {
						got = append(got, int(e.GraceMS))
						if e.GraceMS == 0 {
							g.wait()
						}
					},
					onProbe: func() vitals.Vitals { probes++; return vitals.Vitals{} },
				}
				h := newActor(t, sched.NewPool(), d)
				for n := range 3 {
					h.Send(event(n))
				}
				<-g.reached
				c.end(h)
				h.Send(event(99))
				h.RequestProbe()
				synctest.Wait()
				if isDone(h) || h.Await(time.Hour, nil) {
					t.Error("it is done with a callback running")
				}
				g.open()
				if !h.Await(-1, nil) {
					t.Error("Await without a limit gave up")
				}
				d.over.Store(true)
				if !slices.Equal(got, c.want) || probes != 0 {
					t.Errorf("got %v and probed %d times, want %v and never", got, probes, c.want)
				}
				h.Send(event(99))
				h.RequestProbe()
				c.end(h)
				synctest.Wait()
			})
		})
	}
}

func TestAnIdleActorEndsAtOnce(t *testing.T) {
	for name, end := range map[string]func(*actor.Actor){"Stop": release, "Finish": finish} {
		t.Run(name, func(t *testing.T) {
			h := controlled(t, sched.NewPool(), func(control.Event) {})
			if isDone(h) || h.Await(0, nil) {
				t.Error("done before the end")
			}
			end(h)
			if !isDone(h) || !h.Await(0, nil) || !h.Await(-1, nil) {
				t.Error("not done")
			}
		})
	}
}

func TestAnActorThatWaitsForAWorkerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &daemon{onControl: func(control.Event) {}}
		h := newActor(t, sched.NewPool(), d)
		for range 100 { // most likely no worker has started it yet
			h.Send(event(1))
		}
		h.Release()
		if !h.Await(time.Hour, nil) {
			t.Error("not done")
		}
		d.over.Store(true)
		synctest.Wait()
	})
}

// A control event that waits for a worker when the daemon ends is delivered, just like one
// that waits for a callback to return.
func TestConsumeDeliversControlEventsThatWaitForAWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := sched.NewPool()
		g := newGate()
		defer g.open()
		hang(t, pool, g, base())
		var got []int
		h := controlled(t, pool, func(e control.Event) { got = append(got, int(e.GraceMS)) })
		h.Send(event(1))
		h.Send(event(2))
		finish(h)
		if isDone(h) {
			t.Error("done before what waits")
		}
		if !h.Await(time.Second, nil) || !slices.Equal(got, []int{1, 2}) {
			t.Errorf("got %v", got)
		}
	})
}

func TestAwaitTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		h := controlled(t, sched.NewPool(), func(control.Event) { g.wait() })
		h.Send(event(1))
		<-g.reached
		h.Release()
		for _, limit := range []time.Duration{0, time.Millisecond, time.Hour} {
			start := time.Now()
			if h.Await(limit, nil) {
				t.Errorf("Await(%v) says it is over", limit)
			}
			if took := time.Since(start); took != limit {
				t.Errorf("Await(%v) took %v", limit, took)
			}
		}
		go func() {
			time.Sleep(time.Minute)
			g.open()
		}()
		start := time.Now()
		if !h.Await(time.Hour, nil) || time.Since(start) != time.Minute {
			t.Errorf("it was not over after a minute but after %v", time.Since(start))
		}
	})
}

func TestAfterIsCalledOnceBeforeDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		d := &daemon{onControl: func(control.Event) { g.wait() }}
		h := newActor(t, sched.NewPool(), d)
		var order []string
		note := func(name string) func() {
			return func() {
				if d.inside.Load() {
					t.Errorf("%s is called during a callback", name)
				}
				if isDone(h) {
					t.Errorf("%s is called after others see that it is done", name)
				}
				order = append(order, name)
			}
		}
		h.After(note("before the end"))
		h.Send(event(1))
		<-g.reached
		h.Release()
		h.After(func() {
			note("after the end")()
			h.After(note("from inside"))
		})
		synctest.Wait()
		if len(order) != 0 {
			t.Errorf("%v called during a callback", order)
		}
		g.open()
		if !h.Await(-1, nil) {
			t.Fatal("Await gave up")
		}
		if want := []string{"before the end", "after the end", "from inside"}; !slices.Equal(order, want) {
			t.Errorf("called %v, want %v", order, want)
		}
		late := false
		h.After(func() { late = true })
		if !late {
			t.Error("After on an actor that is done is not called at once")
		}
	})
}

func TestAfterOfAnIdleActor(t *testing.T) {
	for name, end := range map[string]func(*actor.Actor){"Stop": release, "Finish": finish} {
		t.Run(name, func(t *testing.T) {
			h := controlled(t, sched.NewPool(), func(control.Event) {})
			calls := 0
			h.After(func() { calls++ })
			end(h)
			end(h)
			if calls != 1 || !isDone(h) {
				t.Errorf("called %d times, done %v; want once, and done", calls, isDone(h))
			}
		})
	}
}

// However an actor ends, and whatever it is doing at that moment, the functions given to
// After are called once each, Done is closed, and no callback begins after that.
func TestEndsInAnyOrder(t *testing.T) {
	for range 200 {
		pool := sched.NewPool()
		d := &daemon{onControl: func(control.Event) {}, onProbe: func() vitals.Vitals { return vitals.Vitals{} }}
		h := newActor(t, pool, d)
		var mu sync.Mutex // guards afters
		afters := 0
		var using sync.WaitGroup
		for _, use := range []func(){
			func() { h.Send(event(1)) },
			h.RequestProbe,
			func() { h.Release() },
			func() { finish(h) },
			func() {
				h.After(func() {
					mu.Lock()
					defer mu.Unlock()
					afters++
				})
			},
			func() { _ = vitalsOf(h) },
			func() {
				if !h.Await(-1, nil) {
					t.Error("Await gave up")
				}
				d.over.Store(true)
			},
		} {
			using.Go(func() {
				for range 3 {
					use()
				}
			})
		}
		using.Wait()
		<-h.Done()
		if afters != 3 {
			t.Fatalf("%d of 3 functions were called", afters)
		}
	}
}
