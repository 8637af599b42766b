package actor_test

import (
	"slices"
	"testing"

	"netmeshos/internal/actor"
)

func TestUnlinkEndsSubscriptionsBothWaysForGood(t *testing.T) {
	pool := actor.NewPool()
	var all [4]*actor.Host
	for i := range all {
		all[i] = newHost(t, pool, &daemon{})
	}
	for _, from := range all {
		for _, to := range all {
			if !from.Subscribe(to) || from.Subscribe(to) {
				t.Fatal("a subscription is new once")
			}
		}
	}
	ended := all[0]
	ended.Unlink()
	ended.Unlink()
	subscribed := func(from, to *actor.Host) bool { return slices.Contains(from.Subscribers(), to) }
	for _, h := range all {
		if subscribed(h, ended) || subscribed(ended, h) {
			t.Error("a subscription is left")
		}
		if h.Subscribe(ended) || ended.Subscribe(h) || subscribed(h, ended) || subscribed(ended, h) {
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

// A host that has many producers, one after the other, remembers none that is
// gone.
func TestNobodyRemembersProducersThatAreGone(t *testing.T) {
	pool := actor.NewPool()
	collector := newHost(t, pool, &daemon{})
	for i := range 100 {
		producer := newHost(t, pool, &daemon{})
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
