package driver

import (
	"bytes"
	"testing"

	"go.uber.org/atomic"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshed"
)

// taciturn is a daemon that has no output for one origin, after whose event it gets five of its own node.
type taciturn struct {
	*boxed
	numbers uint64 // that outputs have had
	asked   atomic.Bool
}

const hushed = 77

func (q *taciturn) Step(in event.Batch, first uint64) (meshed.Stepped, *fault.Error) {
	first = max(first, q.numbers+1)
	s, err := q.boxed.Step(in, first)
	if in.Len() > 0 && in.At(0).Origin == hushed {
		s.Outputs, s.Causes = event.Batch{}, nil
		q.numbers = first - 1 + 5
		q.asked.Store(true)
		return s, err
	}
	q.numbers = first - 1 + uint64(s.Outputs.Len()) //nolint:gosec // not negative
	return s, err
}

// A deliver without outputs may share a commit with events whose outputs have later numbers, because the daemon has had
// others between them.
func TestADeliverWithoutOutputsBesideOthers(t *testing.T) {
	g := &gate{memory: newMemory(names, 1<<20)}
	m, _ := direct(g, t)
	change := m.change
	m.change = func(o *Options) { change(o); o.StateRate = 100_000 } // a commit waits for the one before, of so large a state
	n := m.start(3)
	q := &taciturn{boxed: newBoxed()}
	q.ballast = bytes.Repeat([]byte("x"), 300_000)
	d := n.add(q)
	until(t, "it is claimed", g.isShut)
	g.open()
	until(t, "its events go straight to it", func() bool { return d.Direct(n.poster) })
	n.post(0, 1)
	until(t, "the first is committed", func() bool { return m.counted(producer) == 1 })
	answer := make(chan Answer, 1)
	d.Ask(&Request{Verb: Deliver, Event: numbered(hushed, 1), Done: func(a Answer) { answer <- a }})
	until(t, "it is processed", q.asked.Load)
	n.post(2, 3)
	until(t, "it is answered", func() bool { return len(answer) == 1 })
	if a := <-answer; a.Err != nil || a.Outputs.Len() != 0 {
		t.Errorf("%d outputs, %v; want none", a.Outputs.Len(), a.Err)
	}
}
