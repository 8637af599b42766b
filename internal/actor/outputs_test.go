package actor_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"netmeshos/internal/actor"
	events "netmeshos/internal/event"
	"netmeshos/internal/sched"
)

// A change while an event is being processed applies to that event and all later ones, but
// not to earlier events of the same batch.
func TestSubscriptionsThatChangeDuringABatch(t *testing.T) {
	type pair struct{ from, to *actor.Actor }
	subscribe := func(p pair) { p.from.Subscribe(p.to) }
	unsubscribe := func(p pair) { p.from.Unsubscribe(p.to) }
	for _, c := range []struct {
		rule           string
		before, during []func(pair)
		want           string // of three events with two outputs each; the change is made during the second
		left           int    // subscriptions at the end
	}{
		{"none", nil, nil, "[]", 0},
		{"subscribed before", []func(pair){subscribe}, nil, "[1/1 1/2 1/3 1/4 1/5 1/6]", 1},
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
				<-producer.begun // the second event is being processed, in the same batch
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

// sink records the numbers of the outputs that it gets.
type sink struct{ seen []uint64 }

func (s *sink) Emit(_ events.Batch, w *actor.Workspace) {
	outputs, _ := w.Outputs()
	for _, m := range outputs.Metas {
		s.seen = append(s.seen, m.Sequence)
	}
}

// An interrupted batch ends after the current event, whose outputs are kept. The other
// events are processed in the next batch.
func TestInterrupt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := env(sched.NewPool())
		d := newGated(1)
		a := actor.New(shared, 1, "daemon", d, channel())
		defer a.Release()
		a.Interrupt() // no batch is under way
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
