package actor_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"netmeshos/internal/actor"
	"netmeshos/internal/life"
	"netmeshos/internal/sched"
)

// blocked is a producer with three outputs that wait for room in the inbox of a
// subscriber, which is processing its first event.
type blocked struct {
	*observed
	producer, subscriber     *gated
	from, to                 *actor.Actor
	producerID, subscriberID life.Daemon
}

func newBlocked(t *testing.T) *blocked {
	t.Helper()
	b := &blocked{observed: observe(sched.NewPool()), producer: newGated(10), subscriber: newGated(0)}
	b.from = actor.New(b.Env, 1, "producer", b.producer, channel())
	b.to = actor.New(b.Env, 2, "subscriber", b.subscriber, channel())
	b.producerID, b.subscriberID = life.Daemon{ID: 1}, life.Daemon{ID: 2}
	b.from.Subscribe(b.to)
	mustPost(t, b.to, 1)
	<-b.subscriber.begun
	b.producer.letAll()
	mustPost(t, b.from, 1)
	synctest.Wait()
	b.counts(t, "blocked", 3, 8)
	return b
}

func (b *blocked) end() {
	b.subscriber.letAll()
	b.from.Release()
	b.to.Release()
}

// counts fails the test unless this many outputs and events wait.
func (b *blocked) counts(t *testing.T, what string, pending int64, waiting uint64) {
	t.Helper()
	if got := b.Pending.Load(); got != pending {
		t.Errorf("%s: %d outputs wait for room, want %d", what, got, pending)
	}
	if got := b.Gauge.Waiting(); got != waiting {
		t.Errorf("%s: %d events wait, want %d", what, got, waiting)
	}
}

const elevenOfBoth = "[0/1 1/1 1/2 1/3 1/4 1/5 1/6 1/7 1/8 1/9 1/10]"

// Outputs that wait for room are delivered or discarded, whichever of the two daemons ends,
// stops or makes room. None is lost or counted twice.
func TestPendingOutputsAreDeliveredOrDiscarded(t *testing.T) {
	for _, c := range []struct {
		rule      string
		do        func(*blocked)
		waiting   uint64 // at once
		processed string // once the subscriber goes on
		discarded uint64
		events    func(*blocked) []life.Event // at once
	}{
		{"room is made", func(b *blocked) {
			for range 4 { // the subscriber's first event, and three of a batch of outputs
				b.subscriber.let <- struct{}{}
			}
			synctest.Wait()
			b.to.Interrupt()
			b.subscriber.let <- struct{}{}
		}, 6, elevenOfBoth, 0, nil},
		{"the producer is freed", func(b *blocked) { b.from.Release() }, 11, elevenOfBoth, 0,
			func(b *blocked) []life.Event { return []life.Event{life.Ended{Daemon: b.producerID}} }},
		{"the node is shut down, the producer first", func(b *blocked) { b.from.Terminate(); b.to.Terminate() }, 1, "[0/1]", 10,
			func(b *blocked) []life.Event {
				return []life.Event{life.Ended{Daemon: b.producerID}, life.Discarded{Daemon: b.subscriberID, Events: 10}}
			}},
		{"the node is shut down, the subscriber first", func(b *blocked) { b.to.Terminate(); synctest.Wait(); b.from.Terminate() }, 1, "[0/1]", 10,
			func(b *blocked) []life.Event {
				return []life.Event{life.Discarded{Daemon: b.subscriberID, Events: 7},
					life.Discarded{Daemon: b.subscriberID, Events: 3, Late: true}, life.Ended{Daemon: b.producerID}}
			}},
		{"the producer is stopped", func(b *blocked) { stopNow(b.from) }, 11, elevenOfBoth, 0,
			func(b *blocked) []life.Event { return []life.Event{life.Stopped{Daemon: b.producerID}} }},
		{"the subscriber is stopped", func(b *blocked) { stopNow(b.to) }, 1, "[0/1]", 10,
			func(b *blocked) []life.Event {
				return []life.Event{life.Discarded{Daemon: b.subscriberID, Events: 7}, life.Stopped{Daemon: b.subscriberID},
					life.Discarded{Daemon: b.subscriberID, Events: 3, Late: true}}
			}},
		{"the subscriber is shut down", func(b *blocked) { finish(b.to) }, 1, "[0/1]", 10,
			func(b *blocked) []life.Event {
				return []life.Event{life.Discarded{Daemon: b.subscriberID, Events: 7},
					life.Discarded{Daemon: b.subscriberID, Events: 3, Late: true}}
			}},
		{"the subscriber is freed", func(b *blocked) { b.to.Release() }, 1, "[0/1]", 10,
			func(b *blocked) []life.Event {
				return []life.Event{life.Discarded{Daemon: b.subscriberID, Events: 7},
					life.Discarded{Daemon: b.subscriberID, Events: 3, Late: true}}
			}},
		{"the subscription is ended", func(b *blocked) { b.from.Unsubscribe(b.to) }, 8, elevenOfBoth, 0, nil},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBlocked(t)
				defer b.end()
				c.do(b)
				synctest.Wait()
				pending := int64(0)
				if c.rule == "the subscription is ended" {
					pending = 3
				}
				b.counts(t, "at once", pending, c.waiting)
				var want []life.Event
				if c.events != nil {
					want = c.events(b)
				}
				b.expect(t, "at once", want...)
				b.subscriber.letAll()
				synctest.Wait()
				b.counts(t, "at the end", 0, 0)
				if got := b.subscriber.all(); got != c.processed {
					t.Errorf("processed %s, want %s", got, c.processed)
				}
				s := statsOf(b.to)
				if s.Discarded != c.discarded || s.EventsIn+s.Discarded != 11 || b.LateDiscards.Load() != 0 {
					t.Errorf("%d processed, %d discarded, %d late of 11, want %d discarded", s.EventsIn, s.Discarded, b.LateDiscards.Load(), c.discarded)
				}
				if s := statsOf(b.from); s.Outputs != 10 || s.EventsIn != 1 {
					t.Errorf("the producer: %+v", s)
				}
			})
		})
	}
}

// stopNow stops a daemon without a grace time.
func stopNow(a *actor.Actor) {
	_, _ = a.BeginStop(1)
	a.Stop()
}

// Outputs for a subscriber that has been freed are counted once: in its own statistics
// until it is retired, and then in LateDiscards.
func TestOutputsForAFreedSubscriberAreCountedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBlocked(t)
		defer b.end()
		var total actor.Stats
		b.to.Release(func() { total = b.to.Retire() }) // the subscription still exists
		synctest.Wait()
		b.counts(t, "while the callback runs", 0, 1)
		mustPost(t, b.from, 1)
		synctest.Wait()
		if s := statsOf(b.to); s.Discarded != 20 || b.LateDiscards.Load() != 0 {
			t.Errorf("while the callback runs: %d discarded, %d late", s.Discarded, b.LateDiscards.Load())
		}
		b.subscriber.letAll()
		synctest.Wait()
		if total.EventsIn != 1 || total.Discarded != 20 {
			t.Errorf("%d processed, %d discarded in total; want 1 and 20", total.EventsIn, total.Discarded)
		}
		mustPost(t, b.from, 2)
		synctest.Wait()
		if late := b.LateDiscards.Load(); late != 20 {
			t.Errorf("%d counted late, want 20", late)
		}
		if again := b.to.Retire(); again != (actor.Stats{}) {
			t.Errorf("counted twice: %+v", again)
		}
		b.counts(t, "at the end", 0, 0)
		late := func(n int) life.Event { return life.Discarded{Daemon: b.subscriberID, Events: n, Late: true} }
		b.expect(t, "in total", life.Discarded{Daemon: b.subscriberID, Events: 7}, late(3), late(10),
			life.Ended{Daemon: b.subscriberID}, late(20))
	})
}

// While outputs wait, their producer processes nothing. The outputs are delivered in order.
func TestPendingOutputsBlockTheirProducer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBlocked(t)
		defer b.end()
		mustPost(t, b.from, 1)
		for _, waiting := range []uint64{8, 7, 6} { // includes the producer's own event; it is woken at half the capacity
			b.to.Interrupt() // so that the event leaves the inbox
			b.subscriber.let <- struct{}{}
			synctest.Wait()
			b.counts(t, "above half the capacity", 3, waiting)
		}
		if s := statsOf(b.from); s.EventsIn != 1 {
			t.Errorf("the producer has processed %d events", s.EventsIn)
		}
		b.to.Interrupt()
		b.subscriber.let <- struct{}{}
		synctest.Wait()
		b.counts(t, "once there is room: one output of the next event fits", 9, 8)
		b.subscriber.letAll()
		synctest.Wait()
		want := "[0/1"
		for n := 1; n <= 20; n++ {
			want += fmt.Sprintf(" 1/%d", n)
		}
		if got := b.subscriber.all(); got != want+"]" {
			t.Errorf("processed %s", got)
		}
		b.counts(t, "at the end", 0, 0)
		b.expect(t, "in total")
	})
}
