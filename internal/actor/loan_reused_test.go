package actor_test

import (
	"testing"

	"netmeshos/internal/actor"
	events "netmeshos/internal/event"
	"netmeshos/internal/sched"
)

// emitting returns an actor whose daemon emits 50 outputs for each event, and a function
// that has it begin one. That returns a function which has it end.
func emitting(e *actor.Env, id uint64) (a *actor.Actor, begin func() (end func())) {
	d := newGated(50)
	a = actor.New(e, id, "emitting", d, channel())
	return a, func() func() {
		delivered := make(chan bool)
		go func() {
			_ = a.Deliver(events.Event{Sequence: 1}, nil, actor.Start{}, nil)
			close(delivered)
		}()
		<-d.begun
		return func() {
			d.let <- struct{}{}
			<-delivered
		}
	}
}

// A workspace that another actor has emitted outputs with takes the event that a host has
// begun, and then the same actor's snapshot. Who subscribes during that gets the outputs
// from the next one on.
func TestASubscriptionDuringASnapshotMissesNothing(t *testing.T) {
	e := env(sched.NewPool())
	first, beginFirst := emitting(e, 17) // the ids share a place for a free workspace
	second, beginSecond := emitting(e, 33)
	defer first.Release()
	defer second.Release()
	ends := []func(){beginFirst(), beginSecond()}
	for _, end := range ends {
		end()
	}
	if all, free := e.Workspaces(); all != 2 || free != 2 {
		t.Fatalf("%d of %d workspaces are free, want 2 of 2", free, all)
	}
	h := lent(t, e, &host{features: actor.HasSnapshot})
	endFirst := beginFirst() // with the workspace that the host's daemon has had
	r := h.begin()
	h.actor.View(0)
	if err := h.end(r); err != nil {
		t.Fatal(err)
	}
	to := newGated(0)
	subscriber := actor.New(e, 2, "subscriber", to, channel())
	defer subscriber.Release()
	h.snapshot = func() { h.actor.Subscribe(subscriber) }
	if _, err := h.actor.Snapshot(nil); err != nil {
		t.Fatal(err)
	}
	to.letAll()
	if err := h.deliver(); err != nil {
		t.Error(err)
	}
	if err := subscriber.Flush(-1, nil); err != nil || to.all() != "[1/5 1/6]" {
		t.Errorf("the subscriber got %s, %v", to.all(), err)
	}
	endFirst()
}
