package driver

import (
	"context"
	"sync"
	"testing"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/event"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/meshed"
	"netmeshos/internal/mesh/ownership"
	"netmeshos/internal/mesh/wire"
)

const (
	producer   = 0x10
	subscriber = 0x21
)

var names = link.Names{Name: "test", Streams: 2}

// mesh is some nodes on one server.
type mesh struct {
	t      testing.TB
	server Server
	follow func([]string, chan<- link.Message) (Following, error)
	change func(*Options)

	mu    sync.Mutex
	nodes []*node
	next  uint64
}

func newMesh(t testing.TB, server *memory) *mesh {
	return &mesh{t: t, server: server, follow: server.follow}
}

// node is one run of a node, with its drivers.
type node struct {
	mesh   *mesh
	self   ownership.Holder
	set    *Set
	poster *Poster
	lease  atomic.Bool
	alive  bool // guarded by the mesh's mu
}

func (m *mesh) start(number uint64) *node {
	m.t.Helper()
	m.mu.Lock()
	m.next++
	n := &node{mesh: m, self: ownership.Holder{Node: number, Instance: number<<32 | m.next}, alive: true}
	m.nodes = append(m.nodes, n)
	m.mu.Unlock()
	n.lease.Store(true)
	o := Options{Names: names, Self: n.self, Server: m.server, Follow: m.follow, Held: n.lease.Load, Watch: n.watch, Timeout: 10 * time.Second,
		Log: func(_ logs.Level, daemon uint64, message string) {
			if testing.Verbose() {
				println(time.Now().Format("05.000"), number, daemon, message)
			}
		}}
	if m.change != nil {
		m.change(&o)
	}
	until(m.t, "the servers can be reached", func() bool {
		var err error
		n.set, err = NewSet(o)
		return err == nil
	})
	n.poster = NewPoster(names, o.Server, n.self.Node, n.self.Instance, 1<<30)
	n.poster.Share(n.set)
	m.t.Cleanup(n.crash)
	return n
}

// watch tells at once who is gone, and else when it happens: see crash.
func (n *node) watch(h ownership.Holder) {
	n.mesh.mu.Lock()
	gone := true
	for _, other := range n.mesh.nodes {
		gone = gone && (other.self != h || !other.alive)
	}
	n.mesh.mu.Unlock()
	if gone {
		go n.set.Gone(h)
	}
}

// crash ends a node without a goodbye.
func (n *node) crash() {
	n.mesh.mu.Lock()
	was := n.alive
	n.alive = false
	var others []*node
	for _, o := range n.mesh.nodes {
		if o.alive {
			others = append(others, o)
		}
	}
	n.mesh.mu.Unlock()
	if !was {
		return
	}
	n.poster.Close()
	n.set.Close()
	for _, o := range others {
		o.set.Gone(n.self)
	}
}

// stored reads the state of a daemon from the last record.
func (m *mesh) stored(id uint64) (*counter, wire.Record) {
	m.t.Helper()
	d := &Driver{set: &Set{options: Options{Names: names, Server: m.server, Timeout: 10 * time.Second}, foreigners: NewForeigners(names, nil), background: background{closing: context.Background()}}, id: id}
	f, err := d.find()
	if err != nil {
		m.t.Log(err)
		return newCounter(id), wire.Record{}
	}
	if !f.there {
		return newCounter(id), wire.Record{}
	}
	state, err := d.state(f.record.State)
	if err != nil {
		m.t.Log(err)
	}
	return decode(state), f.record
}

func (m *mesh) counted(id uint64) int {
	c, _ := m.stored(id)
	n := 0
	for _, count := range c.counts {
		if count > 0 {
			n++
		}
	}
	return n
}

// check fails if a number isn't in the state exactly once.
func (m *mesh) check(id uint64, numbers int) {
	m.t.Helper()
	c, r := m.stored(id)
	if c.wrong > 0 {
		m.t.Errorf("%d events of %#x came in the wrong order", c.wrong, id)
	}
	if len(c.counts) != numbers {
		m.t.Errorf("daemon %#x has seen numbers below %d, want %d", id, len(c.counts), numbers)
	}
	for number, count := range c.counts {
		if count != 1 {
			m.t.Fatalf("daemon %#x has counted %d %d times", id, number, count)
		}
	}
	if r.Out != uint64(numbers) {
		m.t.Errorf("daemon %#x has %d outputs, want %d", id, r.Out, numbers)
	}
}

func (n *node) post(from, to int) {
	n.mesh.t.Helper()
	events := make([]event.Event, 0, to-from)
	for i := from; i < to; i++ {
		events = append(events, numbered(5, uint64(i))) //nolint:gosec // not negative
	}
	if accepted, err := n.poster.Post(producer, events, 30*time.Second); err != nil || accepted != len(events) {
		n.mesh.t.Fatalf("%d of %d events are accepted: %v", accepted, len(events), err)
	}
}

func (n *node) add(c meshed.Daemon) *Driver { return n.set.Add(c) }

func ask(t testing.TB, d *Driver, q *Request) Answer {
	t.Helper()
	answer := make(chan Answer, 1)
	q.Done = func(a Answer) { answer <- a }
	d.Ask(q)
	select {
	case a := <-answer:
		return a
	case <-time.After(60 * time.Second):
		t.Fatal("no answer")
		return Answer{}
	}
}

func TestWhatIsPostedIsCountedOnce(t *testing.T) {
	m := newMesh(t, newMemory(names, 1<<20))
	n := m.start(1)
	n.post(0, 10) // before anybody has registered it
	n.add(newCounter(producer))
	for i := 10; i < 3000; i += 115 {
		n.post(i, i+115)
	}
	n.post(0, 500) // a repetition
	until(t, "all are counted", func() bool { return m.counted(producer) >= 3000 })
	m.check(producer, 3000)
}
