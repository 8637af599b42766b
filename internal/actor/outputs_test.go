package actor_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"netmeshos/internal/actor"
	events "netmeshos/internal/event"
	"netmeshos/internal/life"
	"netmeshos/internal/sched"
)

// What is changed while an event is under way holds for that event and all that follow,
// and not for those of its batch that are through.
func TestSubscriptionsThatChangeDuringABatch(t *testing.T) {
	type pair struct{ from, to *actor.Actor }
	subscribe := func(p pair) { p.from.Subscribe(p.to) }
	unsubscribe := func(p pair) { p.from.Unsubscribe(p.to) }
	for _, c := range []struct {
		rule           string
		before, during []func(pair)
		want           string // of three events with two outputs each; the change comes in the second
		left           int    // subscriptions
	}{
		{"none", nil, nil, "[]", 0},
		{"from the beginning", []func(pair){subscribe}, nil, "[1/1 1/2 1/3 1/4 1/5 1/6]", 1},
		{"subscribe", nil, []func(pair){subscribe}, "[1/3 1/4 1/5 1/6]", 1},
		{"unsubscribe", []func(pair){subscribe}, []func(pair){unsubscribe}, "[1/1 1/2]", 0},
		{"unsubscribe and subscribe", []func(pair){subscribe}, []func(pair){unsubscribe, subscribe}, "[1/1 1/2 1/3 1/4 1/5 1/6]", 1},
		{"subscribe and unsubscribe", nil, []func(pair){subscribe, unsubscribe}, "[]", 0},
		{"subscribe twice", []func(pair){subscribe}, []func(pair){subscribe}, "[1/1 1/2 1/3 1/4 1/5 1/6]", 1},
		{"unlink the subscriber", []func(pair){subscribe}, []func(pair){func(p pair) { p.to.Unlink() }}, "[1/1 1/2]", 0},
		{"unlink the producer", []func(pair){subscribe}, []func(pair){func(p pair) { p.from.Unlink() }}, "[1/1 1/2]", 0},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				shared := env(sched.NewPool())
				producer, collector := newGated(2), newGated(0)
				collector.letAll()
				p := pair{actor.New(shared, 1, "producer", producer, channel()), actor.New(shared, 2, "collector", collector, channel())}
				defer p.from.Release()
				defer p.to.Release()
				for _, f := range c.before {
					f(p)
				}
				mustPost(t, p.from, 3)
				<-producer.begun
				producer.let <- struct{}{}
				<-producer.begun // the second event is under way, in the same batch
				for _, f := range c.during {
					f(p)
				}
				producer.letAll()
				synctest.Wait()
				if got := collector.all(); got != c.want {
					t.Errorf("got %s, want %s", got, c.want)
				}
				if got := len(p.from.Subscribers()); got != c.left {
					t.Errorf("%d subscriptions are left, want %d", got, c.left)
				}
				if got := producer.all(); got != "[0/1 0/2 0/3]" {
					t.Errorf("processed %s", got)
				}
			})
		})
	}
}

// sink notes the outputs that it gets.
type sink struct{ seen []uint64 }

func (s *sink) Emit(_ events.Batch, w *actor.Workspace) {
	outputs, _ := w.Outputs()
	for _, m := range outputs.Metas {
		s.seen = append(s.seen, m.Sequence)
	}
}

// An interrupted batch ends with its event, whose outputs are kept, and the others are
// processed in the next.
func TestInterrupt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := env(sched.NewPool())
		d := newGated(1)
		a := actor.New(shared, 1, "daemon", d, channel())
		defer a.Release()
		a.Interrupt() // nothing is under way
		mustPost(t, a, 4)
		<-d.begun
		d.let <- struct{}{}
		<-d.begun
		late := &sink{}
		shared.Sink.Set(late)
		a.Interrupt()
		a.Interrupt()
		d.letAll()
		synctest.Wait()
		if got := fmt.Sprint(late.seen); got != "[2 3 4]" {
			t.Errorf("the sink that was set during the second event got %s", got)
		}
		if d.runs != 2 || d.all() != "[0/1 0/2 0/3 0/4]" {
			t.Errorf("%d batches, processed %s", d.runs, d.all())
		}
	})
}

// blocked is a producer with three outputs that wait for room in the inbox of a
// subscriber, whose first event is under way.
type blocked struct {
	*observed
	producer, subscriber   *gated
	from, to               *actor.Actor
	producerID, consumerID life.Daemon
}

func newBlocked(t *testing.T) *blocked {
	t.Helper()
	b := &blocked{observed: observe(sched.NewPool()), producer: newGated(10), subscriber: newGated(0)}
	b.from = actor.New(b.Env, 1, "producer", b.producer, channel())
	b.to = actor.New(b.Env, 2, "subscriber", b.subscriber, channel())
	b.producerID, b.consumerID = life.Daemon{ID: 1}, life.Daemon{ID: 2}
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

// counts fails the test unless so many outputs and events wait.
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

// Outputs that wait for room are delivered or discarded, and nothing else becomes of
// them, whoever ends, stops or makes room.
func TestWhatBecomesOfOutputsThatWaitForRoom(t *testing.T) {
	for _, c := range []struct {
		rule      string
		do        func(*blocked)
		waiting   uint64 // at once
		processed string // when the subscriber goes on
		discarded uint64
		events    func(*blocked) []life.Event // at once
	}{
		{"room is made", func(b *blocked) {
			for range 4 { // the event that was there first, and three of a batch of outputs
				b.subscriber.let <- struct{}{}
			}
			synctest.Wait()
			b.to.Interrupt()
			b.subscriber.let <- struct{}{}
		}, 6, elevenOfBoth, 0, nil},
		{"the producer is freed", func(b *blocked) { b.from.Release() }, 11, elevenOfBoth, 0,
			func(b *blocked) []life.Event { return []life.Event{life.Ended{Daemon: b.producerID}} }},
		{"the node is shut down, the producer first", func(b *blocked) { b.from.Detach(); b.to.Detach() }, 1, "[0/1]", 10,
			func(b *blocked) []life.Event {
				return []life.Event{life.Ended{Daemon: b.producerID}, life.Discarded{Daemon: b.consumerID, Events: 10}}
			}},
		{"the node is shut down, the subscriber first", func(b *blocked) { b.to.Detach(); synctest.Wait(); b.from.Detach() }, 1, "[0/1]", 10,
			func(b *blocked) []life.Event {
				return []life.Event{life.Discarded{Daemon: b.consumerID, Events: 7},
					life.Discarded{Daemon: b.consumerID, Events: 3, Late: true}, life.Ended{Daemon: b.producerID}}
			}},
		{"the producer is stopped", func(b *blocked) { stopNow(b.from) }, 11, elevenOfBoth, 0,
			func(b *blocked) []life.Event { return []life.Event{life.Stopped{Daemon: b.producerID}} }},
		{"the subscriber is stopped", func(b *blocked) { stopNow(b.to) }, 1, "[0/1]", 10,
			func(b *blocked) []life.Event {
				return []life.Event{life.Discarded{Daemon: b.consumerID, Events: 7}, life.Stopped{Daemon: b.consumerID},
					life.Discarded{Daemon: b.consumerID, Events: 3, Late: true}}
			}},
		{"the subscriber leaves", func(b *blocked) { finish(b.to) }, 1, "[0/1]", 10,
			func(b *blocked) []life.Event {
				return []life.Event{life.Discarded{Daemon: b.consumerID, Events: 7},
					life.Discarded{Daemon: b.consumerID, Events: 3, Late: true}}
			}},
		{"the subscriber is freed", func(b *blocked) { b.to.Release() }, 1, "[0/1]", 10,
			func(b *blocked) []life.Event {
				return []life.Event{life.Discarded{Daemon: b.consumerID, Events: 7},
					life.Discarded{Daemon: b.consumerID, Events: 3, Late: true}}
			}},
		{"the subscription is taken back", func(b *blocked) { b.from.Unsubscribe(b.to) }, 8, elevenOfBoth, 0, nil},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBlocked(t)
				defer b.end()
				c.do(b)
				synctest.Wait()
				pending := int64(0)
				if c.rule == "the subscription is taken back" {
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
				b.counts(t, "at last", 0, 0)
				if got := b.subscriber.all(); got != c.processed {
					t.Errorf("processed %s, want %s", got, c.processed)
				}
				s := statsOf(b.to)
				if s.Discarded != c.discarded || s.EventsIn+s.Discarded != 11 || b.Late.Load() != 0 {
					t.Errorf("%d processed, %d discarded, %d late of 11, want %d discarded", s.EventsIn, s.Discarded, b.Late.Load(), c.discarded)
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
	a.Pause()
}

// The outputs for a subscriber that has been freed are counted once: by itself as long
// as it is counted, in Late from then on.
func TestOutputsForOneThatIsFreed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBlocked(t)
		defer b.end()
		var total actor.Stats
		b.to.Release(func() { total = b.to.Retire() }) // the subscription is still there
		synctest.Wait()
		b.counts(t, "while the callback runs", 0, 1)
		mustPost(t, b.from, 1)
		synctest.Wait()
		if s := statsOf(b.to); s.Discarded != 20 || b.Late.Load() != 0 {
			t.Errorf("while the callback runs: %d discarded, %d late", s.Discarded, b.Late.Load())
		}
		b.subscriber.letAll()
		synctest.Wait()
		if total.EventsIn != 1 || total.Discarded != 20 {
			t.Errorf("in all %d processed, %d discarded; want 1 and 20", total.EventsIn, total.Discarded)
		}
		mustPost(t, b.from, 2)
		synctest.Wait()
		if late := b.Late.Load(); late != 20 {
			t.Errorf("%d counted late, want 20", late)
		}
		if again := b.to.Retire(); again != (actor.Stats{}) {
			t.Errorf("counted twice: %+v", again)
		}
		b.counts(t, "at last", 0, 0)
		late := func(n int) life.Event { return life.Discarded{Daemon: b.consumerID, Events: n, Late: true} }
		b.expect(t, "in all", life.Discarded{Daemon: b.consumerID, Events: 7}, late(3), late(10),
			life.Ended{Daemon: b.consumerID}, late(20))
	})
}

// While outputs wait, their producer processes nothing, and what it has gets room in
// order.
func TestOutputsThatWaitHoldTheirProducer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBlocked(t)
		defer b.end()
		mustPost(t, b.from, 1)
		for _, waiting := range []uint64{8, 7, 6} { // the producer's own event too; it is woken at half the capacity
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
		b.counts(t, "when there is room, and for one output of the next event", 9, 8)
		b.subscriber.letAll()
		synctest.Wait()
		want := "[0/1"
		for n := 1; n <= 20; n++ {
			want += fmt.Sprintf(" 1/%d", n)
		}
		if got := b.subscriber.all(); got != want+"]" {
			t.Errorf("processed %s", got)
		}
		b.counts(t, "at last", 0, 0)
		b.expect(t, "in all")
	})
}
