package driver

import (
	"context"
	"testing"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/wire"
)

// fill posts events of a kilobyte until there is no room, from `from` on, and returns how many were accepted.
func (n *node) fill(t *testing.T, origin, from uint64) uint64 {
	t.Helper()
	for at := from; ; {
		events := make([]event.Event, 16)
		for i := range events {
			events[i] = numbered(origin, at+uint64(i)) //nolint:gosec // small
			events[i].Payload = append(events[i].Payload, make([]byte, 1020)...)
		}
		accepted, err := n.poster.Post(producer, events, 10*time.Second)
		at += uint64(accepted) //nolint:gosec // not negative
		if err == nil {
			continue
		}
		if err.Kind != fault.QueueFull {
			t.Fatal(err)
		}
		return at - from
	}
}

func (m *memory) rooms(t *testing.T) map[uint64]room {
	t.Helper()
	r := newRooms(names)
	if err := r.read(context.Background(), m, producer); err != nil {
		t.Fatal(err)
	}
	return r.all(producer)
}

const (
	shared = 8 << 20 // waiting_max_bytes
	// Each node may have a thirty-second without a word, and each of its posts is at most an envelope.
	overshoot = 2 * (shared/32 + EnvelopeBytes)
)

// What may wait for a daemon is shared by all nodes that post to it.
func TestNodesShareWhatMayWait(t *testing.T) {
	server := newMemory(names, 1<<20)
	m := newMesh(t, server)
	nodes := []*node{m.start(1), m.start(2)}
	for _, n := range nodes {
		n.poster = NewPoster(names, server, n.self.Node, n.self.Instance, shared)
		n.poster.Share(n.set)
		t.Cleanup(n.poster.Close)
	}
	var stored [2]uint64
	stored[0] = nodes[0].fill(t, 5, 0)
	if got := stored[0] * 1024; got < shared/2 || got > shared {
		t.Fatalf("the first node has stored %d bytes, of at most %d", got, shared)
	}
	stored[1] = nodes[1].fill(t, 6, 10_000)
	if got := (stored[0] + stored[1]) * 1024; got > shared+overshoot {
		t.Fatalf("both nodes have stored %d bytes, of at most %d", got, shared)
	}
	// Both get something once there is room, and in the end everything is counted.
	nodes[0].add(newCounter(producer))
	for i, n := range nodes {
		before := stored[i]
		until(t, "there is room again", func() bool {
			stored[i] += n.fill(t, uint64(5+i), uint64(10_000*i)+stored[i]) //nolint:gosec // small
			return stored[i] > before
		})
	}
	until(t, "all are counted", func() bool {
		c, _ := m.stored(producer)
		return c.last[5] == stored[0] && c.last[6] == 10_000+stored[1] && c.wrong == 0
	})
	until(t, "no node keeps a room that it doesn't need", func() bool { return len(server.rooms(t)) == 0 })
}

// A node that waits for room gets its share, however much another has.
func TestHowLargeARoomIs(t *testing.T) {
	const most = 64 << 20
	const step, little = most / 16, most / 64
	for _, c := range []struct {
		name                string
		others              []int64
		waiting, more, have int64
		want                int64
	}{
		{"little waits", nil, little, 0, 0, 0},
		{"little waits any more", nil, little, 0, most, 0},
		{"there is no room for more", nil, 2 * step, 1, 0, 3*step + 1},
		{"it grows ahead of what is needed", nil, 3 * step, 0, 5 * step, 6 * step},
		{"not above what may wait", nil, most - step, 0, most - step/2, most},
		{"not above what another leaves", []int64{10 * step}, 5 * step, 0, 5 * step, 6 * step},
		{"not above its share, where another waits", []int64{1}, 7 * step, 0, 8 * step, 8 * step},
		{"it shrinks to its share", []int64{1}, 3 * step, 1, most, 4*step + 1},
		{"as far as it can", []int64{1}, 12 * step, 1, most, 12 * step},
		{"three share", []int64{1, 1}, 6 * step, 0, most, 6 * step},
		{"a mark where there is nothing", []int64{most}, 0, 1000, 0, 1},
	} {
		p := NewPoster(names, newMemory(names, 1<<20), 1, 11, most)
		t.Cleanup(p.Close)
		p.rooms = newRooms(names)
		for i, bytes := range c.others {
			p.rooms.put(producer, uint64(20+i), room{Bytes: bytes}) //nolint:gosec // small
		}
		if got := p.roomFor(producer, c.waiting, c.more, c.have); got != c.want {
			t.Errorf("%s: %d steps and %d, want %d and %d", c.name, got/step, got%step, c.want/step, c.want%step)
		}
	}
}

// What a node has stored counts when it is gone, until it is processed.
func TestTheRoomOfANodeThatEnds(t *testing.T) {
	server := newMemory(names, 1<<20)
	m := newMesh(t, server)
	m.change = func(o *Options) { o.Purge = 20 * time.Millisecond }
	n, other := m.start(1), m.start(2)
	for _, n := range m.nodes {
		n.poster = NewPoster(names, server, n.self.Node, n.self.Instance, shared)
		n.poster.Share(n.set)
	}
	first := n.fill(t, 5, 0)
	n.crash()
	t.Cleanup(other.poster.Close)
	if got := other.fill(t, 6, 0) * 1024; got > overshoot {
		t.Errorf("%d bytes were accepted beside the %d of the node that is gone", got, first*1024)
	}
	server.mu.Lock()
	last := server.latest[names.In(producer)]
	server.mu.Unlock()
	d := &Driver{set: other.set, id: producer}
	for _, committed := range []wire.Position{{}, {Sequence: last - 1, Index: wire.Whole}, {Sequence: last, Index: 1}} {
		d.giveBackRooms(context.Background(), committed)
		if server.rooms(t)[n.self.Instance].Bytes == 0 {
			t.Fatalf("its room is given back with %v committed, where %d is the last message", committed, last)
		}
	}
	other.add(newCounter(producer))
	until(t, "its room is given back", func() bool { return len(server.rooms(t)) == 0 })
	if c, _ := m.stored(producer); c.last[5] != first {
		t.Errorf("the room was given back at %d of %d", c.last[5], first)
	}
}
