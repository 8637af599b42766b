//go:build mesh

package directory

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/mesh/directory/peers"
	"netmeshos/internal/mesh/directory/queue"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/meshtest"
	"netmeshos/internal/phase"
	"netmeshos/internal/view"
)

// patience is how long a test waits for what takes a fraction of that.
const patience = 60 * time.Second

// node is a node of a test, which sees what its listener is told.
type node struct {
	*Directory
	link *link.Link

	mu    sync.Mutex // guards what follows
	state State
	peers []view.Peer
	held  bool
	lost  int // how often the lease was lost
	turns map[uint64]queue.Standing
	lines []string
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
	url   string
	lease time.Duration
	beat  time.Duration
}

func begin(t testing.TB) (fast, *meshtest.Server) {
	s := meshtest.Start(t, meshtest.Options{})
	return fast{s.URL, time.Second, 100 * time.Millisecond}, s
}

func (f fast) connect(t testing.TB, id uint64) *link.Link {
	t.Helper()
	l, fault := link.Open(context.Background(), link.Options{
		Names: link.Names{Name: "t", Streams: 1}, Servers: []string{f.url}, Inbox: link.Names{Name: "t"}.Inbox(id), Lease: f.lease,
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

func TestNodesSeeEachOtherAsTheyAre(t *testing.T) {
	f, _ := begin(t)
	a, b := f.node(t, 7), f.node(t, 3)
	c := f.node(t, 0) // its id is made
	if c.Node() == 0 || c.Node() >= 1<<53 {
		t.Fatalf("the made id is %d", c.Node())
	}
	a.sees(t, 3, c.Node())
	b.sees(t, 7, c.Node())
	c.sees(t, 3, 7)
	b.set(func(s *State) {
		s.Maintenance, s.Daemons, s.Standbys, s.Capabilities = phase.Maintenance, 5, 2, []string{"gpu", "tag"}
	})
	until(t, "a sees b's maintenance", func() bool { p := a.seen()[0]; return *p.Maintenance == phase.Maintenance && len(p.CapabilitySet) == 2 })
	p := a.seen()[0]
	if p.NodeID != 3 || *p.SoftwareVersion != "v3" || p.CPULoad1m == nil || *p.MemTotalBytes == 0 || *p.DiskTotalBytes == 0 || *p.RTTMS <= 0 || p.CapabilitySet[1] != "tag" {
		t.Errorf("%+v", p)
	}
	b.set(func(s *State) { s.Unhealthy = true })
	until(t, "b is degraded", func() bool { return a.seen()[0].Health == view.Degraded })
	var shown Node
	until(t, "nodes are shown", func() bool {
		nodes := a.Nodes()
		if len(nodes) != 3 {
			return false
		}
		shown = nodes[0]
		return shown.Health == "Degraded"
	})
	if shown.ID != 3 || shown.Daemons != 5 || shown.Standbys != 2 || shown.StartedMS != 1003 || shown.Maintenance != "Maintenance" || shown.RTTMS == nil {
		t.Errorf("%+v", shown)
	}
	b.leave()
	if took := until(t, "b is gone", func() bool { return len(a.seen()) == 1 && len(c.seen()) == 1 }); took > f.lease {
		t.Logf("gone only after %v", took)
	}
}

func TestALiveNodeKeepsItsId(t *testing.T) {
	f, _ := begin(t)
	a := f.node(t, 7)
	if _, err := f.open(t, 7, patience); err == nil || err.Kind != fault.NodeIDTaken {
		t.Fatalf("a second node 7: %v", err)
	}
	if epoch, held := a.Held(); !held || epoch != 1 {
		t.Fatalf("the first has lost its lease: %d", epoch)
	}
	old := a.Instance()
	a.crash()
	b := f.node(t, 7) // at once: nobody answers for the old one
	if b.Instance() == old {
		t.Fatal("two runs have one number")
	}
}

func TestOfTwoNodesThatStartAtOnceWithOneIdOneLives(t *testing.T) {
	f, _ := begin(t)
	for round := range uint64(8) {
		var nodes [3]*node
		var errs [3]*fault.Error
		var links sync.WaitGroup
		for i := range nodes {
			links.Go(func() { nodes[i], errs[i] = f.open(t, 100+round, patience) })
		}
		links.Wait()
		lives := 0
		for i := range nodes {
			if nodes[i] != nil {
				lives++
			} else if errs[i].Kind != fault.NodeIDTaken {
				t.Errorf("round %d: %v", round, errs[i])
			}
		}
		if lives != 1 {
			t.Fatalf("round %d: %d nodes have the id", round, lives)
		}
	}
}

func TestTheNextNodeHasItsTurnWhenTheFirstIsGone(t *testing.T) {
	f, _ := begin(t)
	const id = 42
	a, b, c := f.node(t, 1), f.node(t, 2), f.node(t, 3)
	for _, n := range []*node{a, b, c} {
		n.register(t, id)
	}
	if !a.turn(id) || b.turn(id) || c.turn(id) {
		t.Fatalf("a %v, b %v, c %v", a.turns, b.turns, c.turns)
	}
	until(t, "a sees its standbys", func() bool { s, _ := a.Standing(id); return slices.Equal(s.Standbys, []uint64{2, 3}) })
	a.crash()
	t.Logf("b had its turn %v after the crash", until(t, "b's turn", func() bool { return b.turn(id) }))
	if c.turn(id) {
		t.Fatal("c has the turn too")
	}
	a = f.node(t, 1)
	a.register(t, id) // at the end
	if a.turn(id) {
		t.Fatal("a came back and has the turn")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := b.Yield(ctx, id); err != nil { // it drains
		t.Fatal(err)
	}
	until(t, "c's turn", func() bool { return c.turn(id) && !b.turn(id) && !a.turn(id) })
	c.Unregister(id)
	until(t, "a's turn", func() bool { return a.turn(id) && !b.turn(id) })
	a.leave()
	until(t, "b's turn again", func() bool { return b.turn(id) })
	until(t, "nobody else is in the queue", func() bool { s, _ := b.Standing(id); return len(s.Standbys) == 0 })
}

func TestASuspectIsGoneAtOnce(t *testing.T) {
	f, _ := begin(t)
	f.lease = 20 * time.Second
	a, b := f.node(t, 1), f.node(t, 2)
	a.register(t, 42)
	b.register(t, 42)
	b.Suspect(1)
	a.crash()
	begun := time.Now()
	until(t, "b's turn", func() bool { b.Suspect(1); return b.turn(42) })
	if took := time.Since(begun); took > f.lease/2 {
		t.Errorf("it took %v", took)
	}
}

func TestAfterAGapOfTheServersNobodyIsGoneAtOnce(t *testing.T) {
	f, s := begin(t)
	a, b := f.node(t, 1), f.node(t, 2)
	a.register(t, 42)
	b.register(t, 42)
	s.Kill(t)
	until(t, "both have lost their lease", func() bool { _, x := a.Held(); _, y := b.Held(); return !x && !y })
	s.Restart(t)
	until(t, "both hold it again", func() bool { _, x := a.Held(); _, y := b.Held(); return x && y })
	if epoch, _ := a.Held(); epoch < 2 {
		t.Fatalf("epoch %d", epoch)
	}
	a.sees(t, 2)
	b.sees(t, 1)
	if b.turn(42) || !a.turn(42) {
		t.Fatal("b has taken over from a node that only waited for the server")
	}
	a.crash()
	until(t, "b's turn", func() bool { return b.turn(42) })
}

func TestANodeThatWasTakenForGoneIsBackAtTheEndOfTheQueue(t *testing.T) {
	f, _ := begin(t)
	a, b := f.node(t, 1), f.node(t, 2)
	a.register(t, 42)
	b.register(t, 42)
	stop := a.silence
	stop() // it doesn't answer pings, as one that is cut off
	until(t, "b's turn", func() bool { b.Suspect(1); return b.turn(42) })
	until(t, "a has lost its turn", func() bool { return !a.turn(42) })
	until(t, "a stands by", func() bool { s, _ := b.Standing(42); return slices.Equal(s.Standbys, []uint64{1}) && b.turn(42) })
}

func TestTheAggregatorsEndIsNotSeen(t *testing.T) {
	f, _ := begin(t)
	nodes := map[uint64]*node{}
	for id := uint64(1); id <= 5; id++ {
		nodes[id] = f.node(t, id)
	}
	for range 3 {
		var leader uint64
		until(t, "somebody is the aggregator", func() bool {
			for _, n := range nodes {
				for _, shown := range n.Nodes() {
					if shown.Aggregator && nodes[shown.ID] != nil {
						leader = shown.ID
						return true
					}
				}
			}
			return false
		})
		n := nodes[leader]
		delete(nodes, leader)
		n.crash()
		for id, n := range nodes {
			var others []uint64
			for other := range nodes {
				if other != id {
					others = append(others, other)
				}
			}
			slices.Sort(others)
			n.sees(t, others...)
		}
	}
}

func TestWhoeverWaitsForTheEndOfANodeIsCalled(t *testing.T) {
	f, _ := begin(t)
	a, b := f.node(t, 1), f.node(t, 2)
	gone, never := make(chan struct{}), func() { t.Error("called though it was ended") }
	h := lease.Holder{Node: 1, Instance: a.Instance()}
	b.Watch(h, never)
	b.Watch(h, nil)
	b.Watch(h, never)
	b.Watch(h, func() { close(gone) })
	select {
	case <-gone:
		t.Fatal("called though it lives")
	case <-time.After(2 * f.lease):
	}
	a.crash()
	wait := func(gone chan struct{}) {
		t.Helper()
		select {
		case <-gone:
		case <-time.After(patience):
			t.Fatal("not called")
		}
	}
	wait(gone)
	again := make(chan struct{}) // it is over already
	b.Watch(h, func() { close(again) })
	wait(again)
	c := f.node(t, 1) // and when another run has its id
	again = make(chan struct{})
	b.Watch(h, func() { close(again) })
	wait(again)
	c.leave()
}

// Servers can keep a node from sending under another's subject, so that must be what counts.
func TestANodeSpeaksForItselfAlone(t *testing.T) {
	f, _ := begin(t)
	a, b := f.node(t, 1), f.node(t, 2)
	a.sees(t, 2)
	b.sees(t, 1)
	false1 := peers.Beat{Holder: lease.Holder{Node: 1, Instance: a.Instance()}, Leaving: true}.Encode()
	if err := b.link.Publish(b.names.BeatOf(2), false1); err != nil {
		t.Fatal(err)
	}
	b.set(func(s *State) { s.Capabilities = []string{"later"} }) // stands behind the false beat
	until(t, "a sees what came later", func() bool { return len(a.seen()) == 1 && len(a.seen()[0].CapabilitySet) == 1 })
	if len(b.Nodes()) != 2 {
		t.Fatalf("b shows %v", b.Nodes())
	}
}

func TestAServerThatHangsCostsTheLeaseAndNothingElse(t *testing.T) {
	f, s := begin(t)
	a, b := f.node(t, 1), f.node(t, 2)
	a.register(t, 42)
	b.register(t, 42)
	s.Pause(t)
	until(t, "both have lost their lease", func() bool { _, x := a.Held(); _, y := b.Held(); return !x && !y })
	s.Resume(t)
	until(t, "both hold it again", func() bool { _, x := a.Held(); _, y := b.Held(); return x && y })
	a.sees(t, 2)
	b.sees(t, 1)
	until(t, "one has its turn", func() bool { return a.turn(42) != b.turn(42) })
	a.crash()
	until(t, "b's turn", func() bool { return b.turn(42) })
}

func BenchmarkRegister(b *testing.B) {
	f, _ := begin(b)
	n := f.node(b, 1)
	id := uint64(0)
	for b.Loop() {
		id++
		n.register(b, id)
	}
}
