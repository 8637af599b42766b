package driver

import (
	"context"
	"sync"
	"testing"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/wire"
)

// boxed is a daemon with an inbox that the mesh doesn't know.
type boxed struct {
	*counter
	box      []event.Event // guarded by the counter's mu
	diverted bool
	sealed   bool // diverted, when its state was taken last
}

func newBoxed() *boxed { return &boxed{counter: newCounter(producer)} }

func (b *boxed) Divert(rest func([]event.Event)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.diverted = true
	if rest != nil && len(b.box) > 0 {
		rest(b.box)
		b.box = nil
	}
}

func (b *boxed) Undivert() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.diverted = false
}

func (b *boxed) Seal(commit func([]byte) error) *fault.Error {
	b.mu.Lock()
	b.sealed = b.diverted
	b.mu.Unlock()
	return b.counter.Seal(commit)
}

// gate is a server that lets nobody read the log of a daemon while it is shut.
type gate struct {
	*memory
	gateMu sync.Mutex
	shut   chan struct{} // nil: it isn't
}

func (g *gate) Last(ctx context.Context, subject string) (link.Message, error) {
	g.gateMu.Lock()
	shut := g.shut
	g.gateMu.Unlock()
	if shut != nil && subject == names.Log(producer) {
		select {
		case <-shut:
		case <-ctx.Done(): // also where a test is over, and the last node has claimed the daemon
			return link.Message{}, &link.Error{Class: link.ErrDown}
		}
	}
	return g.memory.Last(ctx, subject)
}

// StoreBatch shuts the gate behind a claim.
func (g *gate) StoreBatch(ctx context.Context, parts []link.BatchPart, s link.Storing) (uint64, error) {
	g.gateMu.Lock()
	defer g.gateMu.Unlock()
	if r, err := wire.ReadRecord(parts[len(parts)-1].Data); err == nil && r.Kind == wire.Claim && g.shut == nil {
		g.shut = make(chan struct{})
	}
	return g.memory.StoreBatch(ctx, parts, s)
}

func (g *gate) Store(ctx context.Context, subject string, data []byte, s link.Storing) (uint64, error) {
	return g.StoreBatch(ctx, []link.BatchPart{{Subject: subject, Data: data}}, s)
}

func (g *gate) open() {
	g.gateMu.Lock()
	defer g.gateMu.Unlock()
	close(g.shut)
	g.shut = nil
}

func (g *gate) isShut() bool {
	g.gateMu.Lock()
	defer g.gateMu.Unlock()
	return g.shut != nil
}

func direct(g *gate, t *testing.T) (m *mesh, n *node) {
	m = &mesh{t: t, server: g, follow: g.follow}
	m.change = func(o *Options) {
		o.Direct = true
		o.Divert = func(id uint64, events []event.Event) {
			n.poster.Begin(id, events, 10*time.Second, func(_ int, err *fault.Error) {
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	n = m.start(1)
	return m, n
}

// Events go straight to an inbox once the daemon has its state, and after all that is stored for it.
func TestEventsGoStraightToADaemonThatHasItsState(t *testing.T) {
	g := &gate{memory: newMemory(names, 1<<20)}
	m, n := direct(g, t)
	b := newBoxed()
	b.box = []event.Event{numbered(5, 0), numbered(5, 1)} // posted before any server could be asked
	d := n.add(b)
	until(t, "it is claimed", func() bool { return d.Owns() && g.isShut() })
	if d.Direct(n.poster) || !b.diverted {
		t.Error("events go straight to a daemon without its state")
	}
	n.post(2, 10)
	g.open()
	until(t, "all is processed", func() bool { return m.counted(producer) == 10 })
	m.check(producer, 10)
	until(t, "events go straight to it", func() bool { return d.Direct(n.poster) })
	b.mu.Lock()
	b.stopped = true
	b.mu.Unlock()
	n.post(10, 11)
	if d.Direct(n.poster) {
		t.Error("events overtake one that is stored")
	}
	b.SetStopped(false)
	d.Resumed()
	until(t, "events go straight to it again", func() bool { return d.Direct(n.poster) })
}

// straight is a daemon on a node, whose events go straight to it.
func straight(g *gate, t *testing.T) (m *mesh, n *node, b *boxed, d *Driver) {
	t.Helper()
	m, n = direct(g, t)
	b = newBoxed()
	d = n.add(b)
	until(t, "it is claimed", g.isShut)
	g.open()
	until(t, "events go straight to it", func() bool { return d.Direct(n.poster) })
	return m, n, b, d
}

// What is in the inbox is in the state that is handed over; a daemon that is lost leaves it to the next owner.
func TestTheInboxOfADaemonThatMoves(t *testing.T) {
	t.Run("in order", func(t *testing.T) {
		_, n, b, d := straight(&gate{memory: newMemory(names, 1<<20)}, t)
		d.End(false)
		<-d.Done()
		if !b.sealed || d.Direct(n.poster) {
			t.Error("events go straight to it after its state was taken")
		}
	})
	t.Run("lost", func(t *testing.T) {
		g := &gate{memory: newMemory(names, 1<<20)}
		m, n, b, _ := straight(g, t)
		b.mu.Lock()
		b.box = []event.Event{numbered(5, 0), numbered(5, 1), numbered(5, 2)}
		b.mu.Unlock()
		other := m.start(2)
		alive := func(is bool) { m.mu.Lock(); defer m.mu.Unlock(); n.alive = is }
		alive(false) // it hangs, and the other takes it for gone
		do := other.add(newCounter(producer))
		until(t, "the other has claimed it", g.isShut)
		g.open()
		alive(true)
		n.post(3, 4) // wakes the first one, which learns it
		until(t, "the other has got everything", func() bool { return do.Owns() && m.counted(producer) == 4 })
	})
}
