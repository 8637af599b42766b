package driver

import (
	"bytes"
	"context"
	"testing"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/link"
)

// narrow is a server without room for posts, or for anything, until the inbox of the producer has been purged.
type narrow struct {
	*memory
	full    atomic.Bool
	commits bool // these have no room either
	stays   bool // a purge makes no room
	refused atomic.Int64
}

func (n *narrow) StoreBatch(ctx context.Context, parts []link.BatchPart, s link.Storing) (uint64, error) {
	if n.full.Load() && (n.commits || parts[0].Subject == names.In(producer)) {
		n.refused.Inc()
		return 0, &link.Error{Class: link.ErrFull}
	}
	return n.memory.StoreBatch(ctx, parts, s)
}

func (n *narrow) Store(ctx context.Context, subject string, data []byte, s link.Storing) (uint64, error) {
	return n.StoreBatch(ctx, []link.BatchPart{{Subject: subject, Data: data}}, s)
}

func (n *narrow) StoreAsync(ctx context.Context, subject string, data []byte, s link.Storing, done func(uint64, error)) {
	done(n.Store(ctx, subject, data, s))
}

func (n *narrow) Purge(ctx context.Context, stream, subject string, below uint64) error {
	before := n.count(names.In(producer))
	err := n.memory.Purge(ctx, stream, subject, below)
	if !n.stays && n.count(names.In(producer)) < before {
		n.full.Store(false)
	}
	return err
}

// squeezed is a mesh of nodes that purge nothing by themselves for an hour.
func squeezed(t *testing.T, server *narrow) *mesh {
	m := &mesh{t: t, server: server, follow: server.follow}
	m.change = func(o *Options) { o.Purge, o.PurgeEvents = time.Hour, 1<<30 }
	return m
}

// A post that finds no room on the servers has what is committed purged at once, on whichever node.
func TestARefusedPostMakesRoom(t *testing.T) {
	server := &narrow{memory: newMemory(names, 1<<20)}
	m := squeezed(t, server)
	home, away := m.start(1), m.start(2)
	d := home.add(newCounter(producer))
	for round, from := 0, 0; round < 3; round, from = round+1, from+20 { // also where it has purged a second ago
		away.post(from, from+10)
		until(t, "they are committed", func() bool { return m.counted(producer) == from+10 })
		server.full.Store(true)
		until(t, "there is room again", func() bool {
			n, err := away.poster.Post(producer, []event.Event{numbered(5, uint64(from+10))}, 10*time.Second) //nolint:gosec // not negative
			if err != nil && err.Kind != fault.QueueFull {
				t.Fatal(err)
			}
			return n == 1
		})
		away.post(from+11, from+20)
		until(t, "they are committed", func() bool { return m.counted(producer) == from+20 })
	}
	m.check(producer, 60)
	if !d.Owns() {
		t.Error("the daemon is lost")
	}
}

// A commit that finds no room has what was committed before purged.
func TestARefusedCommitMakesRoom(t *testing.T) {
	server := &narrow{memory: newMemory(names, 1<<20), commits: true}
	m := squeezed(t, server)
	n := m.start(1)
	c := newCounter(producer)
	d := n.add(c)
	n.post(0, 10)
	until(t, "they are committed", func() bool { return m.counted(producer) == 10 })
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()
	n.post(10, 20)
	server.full.Store(true)
	c.SetStopped(false)
	d.Resumed()
	until(t, "the others are committed, too", func() bool { return m.counted(producer) == 20 })
	m.check(producer, 20)
	if server.refused.Load() == 0 {
		t.Error("no commit was refused")
	}
}

// Where the commit of a restore finds no room, and the node is killed, there is the state before, in all its pieces.
func TestARefusedRestoreLeavesTheStateBefore(t *testing.T) {
	server := &narrow{memory: newMemory(names, 4096), commits: true, stays: true}
	m := squeezed(t, server)
	n := m.start(1)
	c := newCounter(producer)
	c.ballast = bytes.Repeat([]byte("ballast"), 3000)
	d := n.add(c)
	n.post(0, 10)
	until(t, "they are committed", func() bool { return m.counted(producer) == 10 })
	server.full.Store(true)
	d.Ask(&Request{Verb: GiveBack, State: make([]byte, 12), Done: func(Answer) {}})
	const tries = 60 // of 50 ms each, in which there is time for two purges
	until(t, "it is refused again and again", func() bool { return server.refused.Load() > tries })
	n.crash()
	server.full.Store(false)
	if m.counted(producer) != 10 {
		t.Error("the state that was committed is lost")
	}
}

// Nodes are told once a second that there is no room, and not with each post.
func TestHowOftenNodesAreTold(t *testing.T) {
	var a alarm
	now := time.Now()
	for _, c := range []struct {
		at   time.Duration
		want bool
	}{{0, true}, {time.Millisecond, false}, {hurried - 1, false}, {hurried, true}, {hurried + 1, false}} {
		if got := a.due(now.Add(c.at)); got != c.want {
			t.Errorf("after %v: %v", c.at, got)
		}
	}
}
