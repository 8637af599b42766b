package driver

import (
	"context"
	"testing"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshed"
)

const lagging = 100_000 // bytes that may wait

// waitsFor waits until a daemon has stopped to process, and returns how many outputs it has stored.
func (m *mesh) waitsFor(id uint64, n *node) uint64 {
	m.t.Helper()
	d := n.set.Driver(id)
	until(m.t, "it waits for its subscriber", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.waits != 0
	})
	_, r := m.stored(id)
	return r.Out
}

// stuffed posts events of so many bytes.
func (n *node) stuffed(id, origin, from, to uint64, size int) {
	n.mesh.t.Helper()
	for at := from; at < to; at++ {
		e := numbered(origin, at)
		e.Payload = append(e.Payload, make([]byte, size-len(e.Payload))...)
		if _, err := n.poster.Post(id, []event.Event{e}, 10*time.Second); err != nil {
			n.mesh.t.Fatal(err)
		}
	}
}

func subscribe(t *testing.T, n *node, producer, subscriber uint64) {
	t.Helper()
	if err := n.set.Subscribe(context.Background(), producer, subscriber); err != nil {
		t.Fatal(err)
	}
	for _, n := range n.mesh.nodes {
		until(t, "all nodes know it", func() bool { _, who := n.set.slowest(producer); return who != 0 })
	}
}

// A daemon whose subscriber doesn't keep up waits for it, also on the node that takes it over, and loses nothing.
func TestADaemonWaitsForItsSubscriber(t *testing.T) {
	m := newMesh(t, newMemory(names, 1<<20))
	m.change = func(o *Options) { o.Waiting, o.CommitEvents, o.Purge = lagging, 8, 10*time.Millisecond }
	a, b := m.start(1), m.start(2)
	subscribe(t, a, producer, subscriber)
	a.add(newCounter(producer))
	b.add(newCounter(producer))
	const all = 400
	a.stuffed(producer, 5, 0, all, 1024)
	until(t, "one of them runs it", func() bool { return a.set.Driver(producer).Owns() || b.set.Driver(producer).Owns() })
	owner, other := a, b
	if b.set.Driver(producer).Owns() {
		owner, other = b, a
	}
	// What is stored when it begins to wait is more than may wait, by one commit at most.
	if out := m.waitsFor(producer, owner); out < lagging/1024 || out > lagging/1024+2*8 {
		t.Fatalf("it has stored %d outputs of a kilobyte, of which %d bytes may wait", out, lagging)
	}
	answer := make(chan Answer, 1)
	owner.crash()
	until(t, "the other runs it", other.set.Driver(producer).Owns)
	if out := m.waitsFor(producer, other); out > lagging/1024+4*8 {
		t.Fatalf("after the take-over it has stored %d outputs", out)
	}
	other.set.Driver(producer).Ask(&Request{Verb: Deliver, Event: numbered(6, 1000), Done: func(a Answer) { answer <- a }})
	c := newCounter(subscriber)
	c.gapless = true
	other.add(c)
	until(t, "everything has arrived", func() bool { return m.counted(subscriber) == all+1 })
	if got, _ := m.stored(subscriber); got.wrong != 0 {
		t.Errorf("%d outputs came in the wrong order", got.wrong)
	}
	if a := <-answer; a.Err != nil || a.Outputs.Len() != 1 {
		t.Errorf("a deliver that had to wait: %v", a.Err)
	}
}

// What was stored before a take-over counts, however many records that is, until the subscriber has processed it.
func TestALongLagIsTakenOver(t *testing.T) {
	m := newMesh(t, newMemory(names, 1<<20))
	m.change = func(o *Options) { o.CommitEvents, o.Purge = 1, 10*time.Millisecond }
	const all = 3 * readAtOnce
	a := m.start(1)
	subscribe(t, a, producer, subscriber)
	a.add(newCounter(producer))
	a.stuffed(producer, 5, 0, all, 1024)
	until(t, "all are counted", func() bool { return m.counted(producer) == all })
	a.crash()
	m.change = func(o *Options) { o.CommitEvents, o.Purge, o.Waiting = 1, 10*time.Millisecond, lagging }
	b := m.start(2)
	subscribe(t, b, producer, subscriber)
	b.add(newCounter(producer))
	b.stuffed(producer, 5, all, 2*all, 1024)
	if out := m.waitsFor(producer, b); out > all {
		t.Fatalf("it has stored %d outputs more while its subscriber was behind", out-all)
	}
	b.add(newCounter(subscriber))
	until(t, "everything has arrived", func() bool { return m.counted(subscriber) == 2*all })
}

// echo emits only what didn't come from a daemon.
type echo struct{ *counter }

func (e echo) Step(in event.Batch, first uint64) (meshed.Stepped, *fault.Error) {
	all, err := e.counter.Step(in, first)
	s := meshed.Stepped{Handled: all.Handled}
	for i := range all.Outputs.Len() {
		if in.Metas[i].Origin < 0x10 {
			o := all.Outputs.At(i)
			o.Sequence = first + uint64(s.Outputs.Len()) //nolint:gosec // small
			s.Outputs.Add(o)
			s.Causes = append(s.Causes, uint32(i)) //nolint:gosec // small
		}
	}
	return s, err
}

// Two daemons that have subscribed to each other don't wait for each other forever.
func TestARingOfDaemonsGoesOn(t *testing.T) {
	m := newMesh(t, newMemory(names, 1<<20))
	m.change = func(o *Options) { o.Waiting, o.CommitEvents = lagging, 8 }
	n := m.start(1)
	subscribe(t, n, producer, subscriber)
	subscribe(t, n, subscriber, producer)
	const each = 300
	// The outputs of a commit are more than may wait, so that both are behind at once.
	n.stuffed(producer, 5, 0, each, lagging/4)
	n.stuffed(subscriber, 6, each, 2*each, lagging/4)
	n.add(echo{newCounter(producer)})
	n.add(echo{newCounter(subscriber)})
	until(t, "both have all", func() bool { return m.counted(producer) == 2*each && m.counted(subscriber) == 2*each })
}

func TestWhomOutputsReach(t *testing.T) {
	s := &Set{takers: map[uint64]map[uint64]struct{}{}}
	for _, two := range [][2]uint64{{1, 2}, {2, 3}, {3, 1}, {3, 4}, {5, 1}} {
		s.takes(two[0], two[1], true)
	}
	for _, c := range []struct {
		from, to uint64
		reaches  bool
	}{{1, 1, true}, {1, 3, true}, {3, 2, true}, {1, 4, true}, {4, 1, false}, {1, 5, false}, {5, 4, true}} {
		if got := s.leadsTo(c.from, c.to); got != c.reaches {
			t.Errorf("from %d to %d: %v", c.from, c.to, got)
		}
	}
	s.takes(2, 3, false)
	if s.leadsTo(1, 4) {
		t.Error("it reaches 4 though 3 has unsubscribed")
	}
}
