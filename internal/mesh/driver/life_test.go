package driver

import (
	"testing"

	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/ownership"
	"netmeshos/internal/mesh/wire"
)

// two is a mesh of two nodes that have both registered the producer; the first runs it.
func two(t *testing.T, server *memory, change func(*Options)) (m *mesh, a, b *node, da, db *Driver) {
	t.Helper()
	m = newMesh(t, server)
	m.change = change
	a, b = m.start(1), m.start(2)
	da = a.add(newCounter(producer))
	until(t, "the first node runs it", da.Owns)
	db = b.add(newCounter(producer))
	until(t, "the second sees who does", func() bool { return db.Status().Other == a.self })
	return m, a, b, da, db
}

func TestAnotherNodeGoesOnAfterACrash(t *testing.T) {
	m, a, b, _, db := two(t, newMemory(names, 1<<20), nil)
	a.post(0, 1000)
	until(t, "some are counted", func() bool { return m.counted(producer) > 0 })
	a.crash()
	b.post(1000, 1100)
	until(t, "all are counted", func() bool { return m.counted(producer) == 1100 })
	m.check(producer, 1100)
	if !db.Owns() {
		t.Error("the standby doesn't own it")
	}
}

func TestTheOneThatLosesThrowsAwayWhatIsNotCommitted(t *testing.T) {
	m, a, b, da, db := two(t, newMemory(names, 1<<20), nil)
	// Both believe that they may: the first hasn't noticed that its lease is over.
	b.set.Gone(a.self)
	until(t, "the second runs it", db.Owns)
	a.post(0, 700)
	until(t, "all are counted", func() bool { return m.counted(producer) == 700 })
	m.check(producer, 700)
	until(t, "the first has noticed", func() bool { return da.Status().Phase == ownership.Standby })
	if got := ask(t, da, &Request{Verb: Deliver, Event: numbered(6, 1)}); got.Err == nil || got.Err.Kind != fault.NotFound {
		t.Errorf("a deliver at the standby ends with %v", got.Err)
	}
}

func TestWithoutALeaseNothingIsProcessed(t *testing.T) {
	m := newMesh(t, newMemory(names, 1<<20))
	n := m.start(1)
	d := n.add(newCounter(producer))
	until(t, "it runs", d.Owns)
	n.lease.Store(false)
	n.set.Lease(false)
	n.post(0, 50)
	snapshot := make(chan Answer, 1)
	d.Ask(&Request{Verb: Flush, Done: func(a Answer) { snapshot <- a }})
	if got := m.counted(producer); got != 0 {
		t.Errorf("%d events were processed", got)
	}
	n.lease.Store(true)
	n.set.Lease(true)
	until(t, "it goes on", func() bool { return m.counted(producer) == 50 })
	<-snapshot
}

func TestHandingOver(t *testing.T) {
	t.Run("the daemon is freed", func(t *testing.T) {
		m, a, b, da, db := two(t, newMemory(names, 1<<20), nil)
		a.post(0, 300)
		da.End(false)
		<-da.Done()
		until(t, "the other runs it", db.Owns)
		b.post(300, 400)
		until(t, "all are counted", func() bool { return m.counted(producer) == 400 })
		m.check(producer, 400)
		if a.set.Driver(producer) != nil {
			t.Error("the driver is still there")
		}
	})
	t.Run("the node drains and comes back", func(t *testing.T) {
		_, a, b, da, db := two(t, newMemory(names, 1<<20), nil)
		a.set.Want(false)
		until(t, "the other runs it", db.Owns)
		b.set.Want(false)
		until(t, "nobody runs it", func() bool { return !db.Owns() && !da.Owns() })
		a.set.Want(true)
		until(t, "the first runs it again", da.Owns)
	})
}

func TestDeliver(t *testing.T) {
	m, a, _, da, db := two(t, newMemory(names, 1<<20), nil)
	a.post(0, 200)
	after := a.poster.Stored(producer)
	got := ask(t, da, &Request{Verb: Deliver, Event: numbered(6, 200), After: after})
	if got.Err != nil || got.Outputs.Len() != 1 || got.Outputs.At(0).Sequence != 201 {
		t.Fatalf("the answer is %+v, want output 201 after what was posted", got)
	}
	again := ask(t, da, &Request{Verb: Deliver, Event: numbered(6, 200)})
	if again.Err != nil || again.Outputs.Len() != 1 || again.Outputs.At(0).Sequence != 201 {
		t.Errorf("the same again is answered with %+v", again)
	}
	a.crash()
	until(t, "the other runs it", db.Owns)
	again = ask(t, db, &Request{Verb: Deliver, Event: numbered(6, 200)})
	if again.Err != nil || again.Outputs.Len() != 1 || again.Outputs.At(0).Sequence != 201 {
		t.Errorf("after a take-over it is answered with %+v", again)
	}
	if got := ask(t, db, &Request{Verb: Deliver, Event: numbered(6, 201)}); got.Err != nil {
		t.Fatal(got.Err)
	}
	again = ask(t, db, &Request{Verb: Deliver, Event: numbered(6, 200)})
	if again.Err != nil || again.Outputs.Len() != 1 || again.Outputs.At(0).Sequence != 201 {
		t.Errorf("after another deliver it is answered with %+v", again)
	}
	m.check(producer, 202)
}

func TestFlushAndStates(t *testing.T) {
	m, a, _, da, _ := two(t, newMemory(names, 1<<20), nil)
	a.post(0, 400)
	if got := ask(t, da, &Request{Verb: Flush, After: a.poster.Stored(producer)}); got.Err != nil || m.counted(producer) != 400 {
		t.Fatalf("after a flush %d are counted: %v", m.counted(producer), got.Err)
	}
	early := ask(t, da, &Request{Verb: Snapshot})
	if early.Err != nil || len(decode(early.State).counts) != 400 {
		t.Fatalf("the snapshot is %+v", early)
	}
	a.post(400, 500)
	if got := ask(t, da, &Request{Verb: GiveBack, State: early.State, After: a.poster.Stored(producer)}); got.Err != nil {
		t.Fatal(got.Err)
	}
	if c, r := m.stored(producer); len(c.counts) != 400 || r.Kind != wire.Restore || r.Out != 500 {
		t.Errorf("the state counts %d, in a %v with %d outputs", len(c.counts), r.Kind, r.Out)
	}
	a.crash()
	until(t, "the other has the state", func() bool { c, r := m.stored(producer); return len(c.counts) == 400 && r.Kind == wire.Claim })
}
