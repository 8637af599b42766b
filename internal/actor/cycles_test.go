package actor_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/control"
	"netmeshos/internal/sched"
)

func TestACallbackDoesNotWaitForItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan bool, 1)
		var h *actor.Actor
		h = controlled(t, sched.NewPool(), func(control.Event) {
			h.Release()
			start := time.Now()
			answer <- h.Await(-1, caller{h})
			if time.Since(start) != 0 {
				t.Errorf("Await took %v, want no time", time.Since(start))
			}
		})
		h.Send(event(1))
		if <-answer {
			t.Error("Await says that the callback it is called from is over")
		}
		if !h.Await(-1, nil) {
			t.Error("it is not over after the callback")
		}
	})
}

// Callbacks end each other's daemons in a cycle. The wait that would close the cycle is
// refused at once, so all of them go on.
func TestCyclesOfWaits(t *testing.T) {
	for _, size := range []int{2, 3, 10} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for range 3 { // a cycle leaves nothing behind
					cycle(t, size)
				}
			})
		})
	}
}

func cycle(t *testing.T, size int) {
	pool := sched.NewPool()
	actors := make([]*actor.Actor, size)
	var entered sync.WaitGroup
	entered.Add(size)
	answers := make(chan bool, size)
	for i := range actors {
		actors[i] = controlled(t, pool, func(control.Event) {
			entered.Done()
			entered.Wait() // all callbacks run before the first waits
			next := actors[(i+1)%size]
			next.Release()
			answers <- next.Await(-1, caller{actors[i]})
		})
	}
	start := time.Now()
	for _, h := range actors {
		h.Send(event(1))
	}
	waited := 0
	for range actors {
		if <-answers {
			waited++
		}
	}
	if waited != size-1 {
		t.Errorf("%d of %d waits were waited out, want all but the one that closes the cycle", waited, size)
	}
	for _, h := range actors {
		if !h.Await(-1, nil) {
			t.Error("an actor is not over")
		}
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestAChainOfWaitsIsNoCycle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := sched.NewPool()
		g := newGate()
		last := controlled(t, pool, func(control.Event) { g.wait() })
		last.Send(event(1))
		<-g.reached
		answers := make(chan bool, 10)
		next := last
		for range cap(answers) {
			target := next
			var self *actor.Actor
			self = controlled(t, pool, func(control.Event) {
				target.Release()
				answers <- target.Await(-1, caller{self})
			})
			self.Send(event(1))
			next = self
		}
		time.Sleep(time.Minute)
		if len(answers) != 0 {
			t.Error("a wait ended before what it waits for")
		}
		g.open()
		for range cap(answers) {
			if !<-answers {
				t.Error("a wait gave up")
			}
		}
	})
}

// A wait that is over is forgotten: a wait in the opposite direction is no cycle then, and
// is not cut short.
func TestWaitsThatAreOverAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := sched.NewPool()
		g := newGate()
		defer g.open()
		hung := controlled(t, pool, func(control.Event) { g.wait() })
		hung.Send(event(1))
		<-g.reached

		answers := make(chan bool, 1)
		var waiter *actor.Actor
		waiter = controlled(t, pool, func(control.Event) {
			answers <- hung.Await(time.Second, caller{waiter})
			g.wait()
		})
		waiter.Send(event(1))
		if <-answers {
			t.Error("the hung callback is said to be over")
		}
		start := time.Now()
		if waiter.Await(time.Minute, caller{hung}) || time.Since(start) != time.Minute {
			t.Errorf("the wait was refused or ended after %v", time.Since(start))
		}
	})
}
