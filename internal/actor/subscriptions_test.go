package actor_test

import (
	"slices"
	"testing"

	"netmeshos/internal/actor"
	"netmeshos/internal/sched"
)

func TestUnlinkEndsSubscriptionsBothWaysForGood(t *testing.T) {
	pool := sched.NewPool()
	shared := env(pool)
	var all [4]*actor.Actor
	for i := range all {
		all[i] = actor.New(shared, uint64(i), "daemon", actor.None{}, channel())
	}
	for _, from := range all {
		for _, to := range all {
			from.Subscribe(to)
			from.Subscribe(to)
			if n := slices.Index(from.Subscribers(), to); n < 0 || slices.Contains(from.Subscribers()[n+1:], to) {
				t.Fatal("a subscription is there once")
			}
		}
	}
	ended := all[0]
	ended.Unlink()
	ended.Unlink()
	subscribed := func(from, to *actor.Actor) bool { return slices.Contains(from.Subscribers(), to) }
	for _, h := range all {
		if subscribed(h, ended) || subscribed(ended, h) {
			t.Error("a subscription is left")
		}
		h.Subscribe(ended)
		ended.Subscribe(h)
		if subscribed(h, ended) || subscribed(ended, h) {
			t.Error("a subscription to one that has ended")
		}
		if h.Unsubscribe(ended) || ended.Unsubscribe(h) {
			t.Error("there is something to take back")
		}
		if h != ended && !subscribed(h, h) {
			t.Error("the subscriptions of the others have ended too")
		}
	}
}

// An actor that has many producers, one after the other, keeps none of them in memory
// after its end.
func TestEndedProducersAreForgotten(t *testing.T) {
	pool := sched.NewPool()
	collector := newActor(t, pool, &daemon{})
	for i := range 100 {
		producer := newActor(t, pool, &daemon{})
		producer.Subscribe(collector)
		if i%2 == 0 {
			producer.Unsubscribe(collector)
		} else {
			producer.Unlink()
		}
		if n := collector.Producers(); n != 0 {
			t.Fatalf("%d producers are remembered after %d", n, i+1)
		}
	}
}
