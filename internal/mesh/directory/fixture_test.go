//go:build mesh && unix

package directory

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/directory/queue"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/meshtest"
	"netmeshos/internal/view"
)

// patience is how long a test waits for what takes a fraction of that.
const patience = 60 * time.Second

// testLease is so long that a slow machine doesn't lose it.
const testLease = 3 * time.Second

// node is a node of a test, which sees what its listener is told.
type node struct {
	*Directory
	link *link.Link

	mu      sync.Mutex // guards what follows
	state   State
	peers   []view.Peer
	held    bool
	lost    int // how often the lease was lost
	turns   map[uint64]queue.Standing
	lines   []string
	foreign []string
}

func (n *node) LeaseChanged(held bool, _ uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.held = held
	if !held {
		n.lost++
	}
}

func (n *node) StandingChanged(id uint64, s queue.Standing) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.turns[id] = s
}

func (n *node) turn(id uint64) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.turns[id].Turn
}

func (n *node) seen() []view.Peer {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.peers)
}

func (n *node) set(change func(*State)) {
	n.mu.Lock()
	change(&n.state)
	n.mu.Unlock()
	n.Changed()
}

// fast is a mesh in which the tests don't wait long.
type fast struct {
	urls     []string
	replicas int
	lease    time.Duration
	beat     time.Duration
}

func begin(t testing.TB) (fast, *meshtest.Server) {
	s := meshtest.Start(t, meshtest.Options{})
	return fast{urls: []string{s.URL}, lease: testLease, beat: 200 * time.Millisecond}, s
}

func (f fast) connect(t testing.TB, id uint64) *link.Link {
	t.Helper()
	l, fault := link.Open(context.Background(), link.Options{
		Names: link.Names{Name: "t", Streams: 1}, Servers: f.urls, Replicas: f.replicas, Inbox: link.Names{Name: "t"}.Inbox(id), Lease: f.lease,
		StartTimeout: patience, RequestTimeout: patience,
	})
	if fault != nil {
		t.Fatal(fault)
	}
	t.Cleanup(l.Close)
	return l
}

// open starts a node, and waits at most limit for its lease.
func (f fast) open(t testing.TB, id uint64, limit time.Duration) (*node, *fault.Error) {
	t.Helper()
	n := &node{link: f.connect(t, id), turns: map[uint64]queue.Standing{}, state: State{Started: time.UnixMilli(int64(1000 + id))}}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	d, err := Open(ctx, Options{
		Link: n.link, Node: id, Lease: f.lease, Beat: f.beat, Version: fmt.Sprint("v", id), Listener: n,
		State: func() State { n.mu.Lock(); defer n.mu.Unlock(); return n.state },
		Peers: func(p []view.Peer) { n.mu.Lock(); defer n.mu.Unlock(); n.peers = p },
		Foreign: func(_ uint64, subject string, sequence uint64, _ error) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.foreign = append(n.foreign, fmt.Sprint(subject, " ", sequence))
		},
		Log: func(level, message string) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.lines = append(n.lines, level+": "+message)
		},
	})
	if err != nil {
		n.link.Close()
		return nil, err
	}
	n.Directory = d
	t.Cleanup(func() {
		d.Close()
		if t.Failed() {
			n.mu.Lock()
			defer n.mu.Unlock()
			t.Logf("node %d: held %v, %v, said %q", d.Node(), n.held, n.turns, n.lines)
		}
	})
	return n, nil
}

func (f fast) node(t testing.TB, id uint64) *node {
	t.Helper()
	n, err := f.open(t, id, patience)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// crash ends a node as kill -9 does: its connection ends, and nothing is given up.
func (n *node) crash() {
	n.link.Close()
	n.Directory.Close()
}

func (n *node) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	n.Leave(ctx)
	n.crash()
}

// until waits for something.
func until(t testing.TB, what string, f func() bool) time.Duration {
	t.Helper()
	begun := time.Now()
	for !f() {
		if time.Since(begun) > patience {
			t.Fatalf("waited in vain: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
	return time.Since(begun)
}

// sees waits until a node shows exactly these others, all healthy.
func (n *node) sees(t testing.TB, others ...uint64) time.Duration {
	t.Helper()
	return until(t, fmt.Sprintf("node %d sees %v", n.Node(), others), func() bool {
		var seen []uint64
		for _, p := range n.seen() {
			if p.Health == view.Healthy && p.RTTMS != nil {
				seen = append(seen, p.NodeID)
			}
		}
		return slices.Equal(seen, others) && len(n.seen()) == len(others)
	})
}

func (n *node) register(t testing.TB, id uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := n.Register(ctx, id, "counter", false); err != nil {
		t.Fatal(err)
	}
}
