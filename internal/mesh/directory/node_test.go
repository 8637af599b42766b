//go:build mesh && unix

package directory

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/directory/lease"
)

func TestALiveNodeKeepsItsId(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	if err := b.Yield(ctx, id, false); err != nil { // it drains
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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

func TestWhoeverWaitsForTheEndOfANodeIsCalled(t *testing.T) {
	t.Parallel()
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
	case <-time.After(f.lease * 5 / 4):
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
func TestAServerThatHangsCostsTheLeaseAndNothingElse(t *testing.T) {
	t.Parallel()
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

// A daemon that is freed and registered again at once is registered, whatever comes first at the server.
func TestADaemonThatIsRegisteredAgainStaysRegistered(t *testing.T) {
	t.Parallel()
	f, _ := begin(t)
	a, b := f.node(t, 1), f.node(t, 2)
	const count = 20
	stored := func(id uint64) uint64 {
		t.Helper()
		m, err := a.link.Last(context.Background(), a.names.Registration(id, 1))
		if err != nil {
			t.Fatal(err)
		}
		return m.Sequence
	}
	var before [count + 1]uint64
	for id := uint64(1); id <= count; id++ {
		a.register(t, id)
		a.Unregister(id)
		a.register(t, id)
		before[id] = stored(id)
	}
	a.register(t, 100)
	b.register(t, 100)
	for id := uint64(1); id <= count; id++ {
		a.call(func() { a.withdrawOwn(id) }) // late
	}
	a.Unregister(100)
	until(t, "b's turn", func() bool { return b.turn(100) })
	for id := uint64(1); id <= count; id++ {
		if now := stored(id); now != before[id] || !a.turn(id) {
			t.Errorf("the registration of %d was withdrawn", id)
		}
		b.register(t, id)
		until(t, "a sees who stands by", func() bool { s, _ := a.Standing(id); return s.Turn && len(s.Standbys) == 1 })
	}
}
