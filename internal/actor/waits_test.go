package actor_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/control"
)

func TestACallbackDoesNotWaitForItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan bool, 1)
		var h *actor.Host
		h = controlled(t, actor.NewPool(), func(control.Event) {
			h.Stop()
			start := time.Now()
			answer <- h.Await(-1, h)
			if time.Since(start) != 0 {
				t.Errorf("Await took %v, want no time", time.Since(start))
			}
		})
		h.Notify(event(1))
		if <-answer {
			t.Error("Await says that the callback it is called from is over")
		}
		if !h.Await(-1) {
			t.Error("it is not over after the callback")
		}
	})
}

// Callbacks that end each other's daemons in a circle: the last that comes to
// wait is told at once, and so all of them go on.
func TestCirclesOfWaits(t *testing.T) {
	for _, size := range []int{2, 3, 10} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for range 3 { // a circle leaves nothing behind
					circle(t, size)
				}
			})
		})
	}
}

func circle(t *testing.T, size int) {
	pool := actor.NewPool()
	hosts := make([]*actor.Host, size)
	var entered sync.WaitGroup
	entered.Add(size)
	answers := make(chan bool, size)
	for i := range hosts {
		hosts[i] = controlled(t, pool, func(control.Event) {
			entered.Done()
			entered.Wait() // all callbacks run before the first waits
			next := hosts[(i+1)%size]
			next.Stop()
			answers <- next.Await(-1, hosts[i])
		})
	}
	start := time.Now()
	for _, h := range hosts {
		h.Notify(event(1))
	}
	waited := 0
	for range hosts {
		if <-answers {
			waited++
		}
	}
	if waited != size-1 {
		t.Errorf("%d of %d waits were waited out, want all but the one that closes the circle", waited, size)
	}
	for _, h := range hosts {
		if !h.Await(-1) {
			t.Error("a host is not over")
		}
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestAChainOfWaitsIsNoCircle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := actor.NewPool()
		g := newGate()
		last := controlled(t, pool, func(control.Event) { g.wait() })
		last.Notify(event(1))
		<-g.reached
		answers := make(chan bool, 10)
		next := last
		for range cap(answers) {
			target := next
			var self *actor.Host
			self = controlled(t, pool, func(control.Event) {
				target.Stop()
				answers <- target.Await(-1, self)
			})
			self.Notify(event(1))
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

// A wait that is over is forgotten: the other way round is no circle then, and
// takes its time.
func TestWaitsThatAreOverAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := actor.NewPool()
		g := newGate()
		defer g.open()
		hung := controlled(t, pool, func(control.Event) { g.wait() })
		hung.Notify(event(1))
		<-g.reached

		answers := make(chan bool, 1)
		var waiter *actor.Host
		waiter = controlled(t, pool, func(control.Event) {
			answers <- hung.Await(time.Second, waiter)
			g.wait()
		})
		waiter.Notify(event(1))
		if <-answers {
			t.Error("the hung callback is said to be over")
		}
		start := time.Now()
		if waiter.Await(time.Minute, hung) || time.Since(start) != time.Minute {
			t.Errorf("the wait was refused or ended after %v", time.Since(start))
		}
	})
}
