//go:build mesh

package driver

import (
	"context"
	"testing"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshed"
	"netmeshos/internal/mesh/meshtest"
)

// talker emits three outputs for each event from outside, and none for those of daemons.
type talker struct{ *counter }

func (c *talker) Step(in event.Batch, first uint64) (meshed.Stepped, *fault.Error) {
	s := meshed.Stepped{Handled: in.Len()}
	for i := range in.Len() {
		if e := in.At(i); e.Origin == 5 {
			for range 3 {
				s.Outputs.Add(event.Event{Origin: c.id, Sequence: first + uint64(s.Outputs.Len()), Payload: e.Payload}) //nolint:gosec // small
				s.Causes = append(s.Causes, uint32(i))                                                                  //nolint:gosec // small
			}
		}
	}
	return s, nil
}

// A flush is answered once all is done, also where daemons are subscribed to themselves or to each other, so that a
// commit brings something to read.
func TestAFlushOfDaemonsInACircleIsAnswered(t *testing.T) {
	l := openLink(t, meshtest.Start(t, meshtest.Options{}))
	for name, circle := range map[string][][2]uint64{
		"itself":     {{producer, producer}},
		"each other": {{producer, subscriber}, {subscriber, producer}},
	} {
		t.Run(name, func(t *testing.T) {
			m := &mesh{t: t, server: l, follow: follow(l), change: func(o *Options) { o.Purge = time.Hour }} // nothing but an event wakes
			a, b := m.start(1), m.start(2)
			d := a.add(&talker{newCounter(producer)})
			other := b.add(&talker{newCounter(subscriber)})
			until(t, "both run", func() bool { return d.Owns() && other.Owns() })
			for _, s := range circle {
				if err := a.set.Subscribe(context.Background(), s[0], s[1]); err != nil {
					t.Fatal(err)
				}
			}
			for i := range 300 {
				n := a
				if i%3 == 0 {
					n = b
				}
				n.post(i, i+1)
				for range 2 { // the second time there may be nothing left to do
					if got := ask(t, d, &Request{Verb: Flush, After: n.poster.Stored(producer)}); got.Err != nil {
						t.Fatal(got.Err)
					}
				}
			}
			a.crash()
			b.crash()
		})
	}
}
