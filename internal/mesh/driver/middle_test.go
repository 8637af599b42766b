package driver

import (
	"context"
	"testing"

	"netmeshos/internal/event"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/wire"
)

// bare is an envelope of events without sequences, which no window of origins knows.
func bare(counter uint64, from, to int) []byte {
	var events event.Batch
	for i := from; i < to; i++ {
		e := numbered(5, uint64(i)) //nolint:gosec // not negative
		e.Sequence = 0
		events.Add(e)
	}
	return wire.AppendEnvelope(nil, wire.ID{Node: 9, Instance: 99, Counter: counter}, events)
}

func put(t *testing.T, server *memory, data []byte) {
	t.Helper()
	if _, err := server.Store(context.Background(), names.In(producer), data, link.Storing{}); err != nil {
		t.Fatal(err)
	}
}

func (m *mesh) each(numbers int) {
	m.t.Helper()
	c, _ := m.stored(producer)
	for number, count := range c.counts {
		if count != 1 || number >= numbers {
			m.t.Fatalf("%d is counted %d times", number, count)
		}
	}
}

func TestAnEnvelopeThatWasStoredTwice(t *testing.T) {
	server := newMemory(names, 1<<20)
	m := newMesh(t, server)
	for range 2 { // in one batch
		put(t, server, bare(1, 0, 10))
	}
	a := m.start(1)
	a.add(newCounter(producer))
	until(t, "it is counted", func() bool { return m.counted(producer) == 10 })
	put(t, server, bare(1, 0, 10)) // after a commit
	put(t, server, bare(2, 10, 20))
	until(t, "the next is counted", func() bool { return m.counted(producer) == 20 })
	a.crash()
	put(t, server, bare(2, 10, 20)) // after a take-over
	put(t, server, bare(3, 20, 30))
	m.start(2).add(newCounter(producer))
	until(t, "the next is counted", func() bool { return m.counted(producer) == 30 })
	m.each(30)
}

// A node loses its lease in the middle of an envelope, after a commit whose outputs its host hasn't seen,
// and crashes. Another goes on exactly there.
func TestATakeOverInTheMiddleOfAnEnvelope(t *testing.T) {
	server := newMemory(names, 1<<20)
	m := newMesh(t, server)
	m.change = func(o *Options) { o.CommitEvents = 10 }
	a := m.start(1)
	c := newCounter(producer)
	c.sinks = true
	c.fails = func(number uint32) bool {
		if number == 55 {
			a.lease.Store(false)
		}
		return false
	}
	d := a.add(c)
	put(t, server, bare(1, 0, 100))
	until(t, "it has stopped in the middle", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.shown.Index == 60 && !d.running
	})
	a.crash()
	if n := len(c.emitted); n != 50 {
		t.Fatalf("the first has seen %d outputs without a lease, want 50", n)
	}
	c2 := newCounter(producer)
	c2.sinks = true
	m.start(2).add(c2)
	until(t, "the rest is counted", func() bool { return m.counted(producer) == 100 })
	m.each(100)
	until(t, "the rest is seen", func() bool { c2.mu.Lock(); defer c2.mu.Unlock(); return len(c2.emitted) >= 50 })
	for i, e := range c2.emitted {
		if e[0] != uint64(50+i) || e[1] != e[0]+1 {
			t.Fatalf("the second has seen %v as number %d after 50 others", e, i)
		}
	}
}
