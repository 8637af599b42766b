package actor_test

import (
	"testing"
	"time"

	"netmeshos/internal/sched"
)

// Two wait for idleness at once, and one of them finds it before the other has looked
// whether any actor is busy. A token that is lent in between is taken back.
func TestTwoWaitForIdlenessBesideAHost(t *testing.T) {
	e := env(sched.NewPool())
	h, slow := lending(t, e, &host{}), lent(t, e, &host{})
	slow.actor.View(0) // takes the token back, and leaves it in the list of those that may be lent
	isLending, mayLend, delivered := make(chan bool), make(chan bool), make(chan bool)
	slow.lending = func() { isLending <- true; <-mayLend }
	go func() { _ = slow.deliver(); close(delivered) }()
	<-isLending // it is idle, and locked
	looked := make(chan (<-chan struct{}))
	go func() { looked <- e.Activity.Idle() }()
	for until := time.Now().Add(time.Minute); e.Activity.Listed() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("who waits for idleness takes no token back")
		}
	}
	if e.Activity.Idle() != nil {
		t.Fatal("the other one finds a busy daemon")
	}
	_ = h.deliver()
	if !h.isLent() {
		t.Fatal("the token is not lent")
	}
	close(mayLend)
	<-delivered
	select {
	case <-<-looked:
	case <-time.After(time.Minute):
		t.Error("who waits for idleness isn't woken")
	}
	if h.isLent() {
		t.Error("the token isn't taken back")
	}
}

// Nothing keeps an actor that has ended after its token was lent, and the others' tokens are
// still taken back.
func TestActorsThatEndLendNoMore(t *testing.T) {
	e := env(sched.NewPool())
	var hosts []*host
	for range 5 {
		hosts = append(hosts, lent(t, e, &host{}))
	}
	for left, i := range []int{4, 0, 2} { // the last, the first, one between
		hosts[i].actor.Release()
		if n := e.Activity.Listed(); n != 4-left {
			t.Errorf("%d actors are listed after %d of 5 have ended", n, left+1)
		}
	}
	e.Activity.Recall()
	for _, i := range []int{1, 3} {
		if hosts[i].isLent() {
			t.Errorf("the token of actor %d isn't taken back", i)
		}
		hosts[i].actor.Release() // listed nowhere
	}
	if n := e.Activity.Listed(); n != 0 {
		t.Errorf("%d actors are listed after all have ended", n)
	}
}
