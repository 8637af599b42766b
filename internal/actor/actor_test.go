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

func TestControlEventsComeInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 2000
		var got []int
		h := controlled(t, sched.NewPool(), func(e control.Event) { got = append(got, int(e.GraceMS)) })
		want := make([]int, n)
		for i := range n {
			want[i] = i
			h.Send(event(i))
		}
		synctest.Wait()
		if !slices.Equal(got, want) {
			t.Errorf("%d events came, or not in order", len(got))
		}
	})
}

func TestAllFieldsOfAControlEventArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []control.Event
		h := controlled(t, sched.NewPool(), func(e control.Event) { got = append(got, e) })
		want := []control.Event{{Kind: control.Shutdown, GraceMS: 1<<64 - 1}, {Kind: control.BackpressureOn, Level: 0.25}, {Kind: control.BackpressureOff}}
		for _, e := range want {
			h.Send(e)
		}
		synctest.Wait()
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// The daemon itself checks that its callbacks don't overlap. The race detector checks
// that each callback sees what the previous one wrote.
func TestOneCallbackAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const users, each = 8, 250
		pool := sched.NewPool()
		daemons := make([]*daemon, 3)
		var using sync.WaitGroup
		for i := range daemons {
			events := 0
			d := &daemon{
				onControl: func(control.Event) { events++ },
				onProbe:   func() vitals.Vitals { return vitals.Vitals{} },
			}
			daemons[i] = d
			h := newActor(t, pool, d)
			for range users {
				using.Go(func() {
					for n := range each {
						h.Send(event(n))
						h.RequestProbe()
					}
				})
			}
			t.Cleanup(func() {
				if events != users*each {
					t.Errorf("%d of %d events came", events, users*each)
				}
			})
		}
		using.Wait()
		synctest.Wait()
		for i, d := range daemons {
			if d.calls <= users*each {
				t.Errorf("daemon %d had %d calls, want more than the %d for its events", i, d.calls, users*each)
			}
		}
	})
}

func TestAControlEventSentInsideACallbackComesAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h *actor.Actor
		var got []int
		h = controlled(t, sched.NewPool(), func(e control.Event) {
			n := int(e.GraceMS)
			got = append(got, n)
			if n < 5 {
				h.Send(event(n + 1))
			}
		})
		h.Send(event(0))
		synctest.Wait()
		if !slices.Equal(got, []int{0, 1, 2, 3, 4, 5}) {
			t.Errorf("got %v", got)
		}
	})
}

// An actor that was idle does the work that comes next.
func TestAnIdleActorDoesLaterWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []time.Duration
		start := time.Now()
		h := controlled(t, sched.NewPool(), func(control.Event) { got = append(got, time.Since(start)) })
		for range 5 {
			time.Sleep(time.Minute)
			h.Send(event(1))
		}
		synctest.Wait()
		if !slices.Equal(got, []time.Duration{1 * time.Minute, 2 * time.Minute, 3 * time.Minute, 4 * time.Minute, 5 * time.Minute}) {
			t.Errorf("called after %v", got)
		}
	})
}
