package driver

import (
	"bytes"
	"context"
	"testing"
	"time"

	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/link"
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

func TestOutputsReachSubscribersOnce(t *testing.T) {
	m, a, b, _, _ := two(t, newMemory(names, 1<<20), nil)
	s := newCounter(subscriber)
	s.gapless = true
	a.post(0, 100)
	until(t, "what is before the subscription is counted", func() bool { return m.counted(producer) == 100 })
	b.add(s)
	subscribe := func() {
		if err := a.set.Subscribe(context.Background(), producer, subscriber); err != nil {
			t.Fatal(err)
		}
	}
	subscribe()
	subscribe() // changes nothing
	a.post(100, 600)
	until(t, "all are there", func() bool { return m.counted(subscriber) == 500 })
	a.crash()
	b.post(600, 900)
	until(t, "all are there", func() bool { return m.counted(subscriber) == 800 })
	c, _ := m.stored(subscriber)
	if c.wrong != 1 { // the first one, whose number isn't 1
		t.Errorf("the outputs have %d gaps or repetitions", c.wrong-1)
	}
	for number, count := range c.counts {
		if (number >= 100) != (count == 1) {
			t.Errorf("output %d has come %d times", number, count)
		}
	}
	if err := b.set.Unsubscribe(context.Background(), producer, subscriber); err != nil {
		t.Fatal(err)
	}
	d := b.set.Driver(subscriber)
	until(t, "it isn't read any more", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return len(d.sources) == 1
	})
	b.post(900, 950)
	until(t, "they are counted", func() bool { return m.counted(producer) == 950 })
	subscribe()
	b.post(950, 1000)
	until(t, "it gets outputs again", func() bool { return m.counted(subscriber) == 850 })
	if c, _ := m.stored(subscriber); c.counts[949] != 0 || c.counts[950] != 1 {
		t.Error("it has got outputs from the time without a subscription")
	}
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

// Events that can't be processed: what "skip" does, and what "restart" does.
func TestDeadLetters(t *testing.T) {
	for name, restart := range map[string]bool{"skip": false, "restart": true} {
		t.Run(name, func(t *testing.T) {
			server := newMemory(names, 1<<20)
			m := newMesh(t, server)
			m.change = func(o *Options) { o.Restart = restart }
			n := m.start(1)
			c := newCounter(producer)
			tries := map[uint32]int{}
			c.stops = restart
			c.fails = func(number uint32) bool {
				tries[number]++
				return number == 77 || number == 150 && tries[number] < 3 && restart
			}
			d := n.add(c)
			n.post(0, 200)
			until(t, "it has gone on", func() bool { return m.counted(producer) == 199 })
			stored, r := m.stored(producer)
			for number, count := range stored.counts {
				if (number != 77) != (count == 1) {
					t.Errorf("%d is counted %d times", number, count)
				}
			}
			if r.Out != 199 || stored.wrong != 0 || c.misused {
				t.Errorf("%d outputs, %d in the wrong order, misused %v", r.Out, stored.wrong, c.misused)
			}
			if restart && tries[77] != 3 || !restart && tries[77] != 1 {
				t.Errorf("the event that always fails was tried %d times", tries[77])
			}
			until(t, "the dead letter is counted", func() bool { return d.Status().Dead > 0 }) // after the commit
			dead, err := server.Last(context.Background(), names.Dead(producer))
			if err != nil {
				t.Fatal(err)
			}
			e, err := wire.ReadEnvelope(dead.Data, nil)
			if err != nil || e.Events.Len() != 1 || e.Events.At(0).Sequence != 78 || d.Status().Dead != 1 || server.count(names.Dead(producer)) != 1 {
				t.Errorf("the dead letter is %+v, %v, and %d are counted", e, err, d.Status().Dead)
			}
		})
	}
}

// What is too long for one message: outputs, and the state.
func TestPieces(t *testing.T) {
	server := newMemory(names, 4096)
	m := newMesh(t, server)
	m.change = func(o *Options) { o.Purge, o.PurgeEvents = time.Hour, 500 }
	a := m.start(1)
	c := newCounter(producer)
	c.ballast = bytes.Repeat([]byte("ballast"), 3000)
	a.add(c)
	s := newCounter(subscriber)
	s.gapless = true
	a.add(s)
	if err := a.set.Subscribe(context.Background(), producer, subscriber); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 3000; i += 100 {
		a.post(i, i+100)
	}
	until(t, "all are there", func() bool { return m.counted(subscriber) == 3000 })
	a.crash()
	b := m.start(2)
	c = newCounter(producer)
	b.add(c)
	b.add(newCounter(subscriber))
	b.post(3000, 3100)
	until(t, "all are there", func() bool { return m.counted(subscriber) == 3100 })
	m.check(producer, 3100)
	m.check(subscriber, 3100)
	if server.count(names.State(producer)) == 0 || server.count(names.Piece(producer)) == 0 {
		t.Error("nothing was in pieces")
	}
}

func TestWhatIsProcessedIsPurged(t *testing.T) {
	server := newMemory(names, 1<<20)
	m := newMesh(t, server)
	m.change = func(o *Options) { o.Purge = time.Millisecond }
	n := m.start(1)
	n.add(newCounter(producer))
	s := newCounter(subscriber)
	s.gapless = true
	n.add(s)
	if err := n.set.Subscribe(context.Background(), producer, subscriber); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		n.post(i*20, i*20+20)
	}
	until(t, "all are there", func() bool { return m.counted(subscriber) == 2000 })
	until(t, "it is purged", func() bool {
		return server.count(names.In(producer)) == 0 && server.count(names.Log(producer)) <= 3
	})
	n.crash()
	b := m.start(2)
	b.add(newCounter(producer))
	b.add(newCounter(subscriber))
	b.post(2000, 2100)
	until(t, "all are there", func() bool { return m.counted(subscriber) == 2100 })
	m.check(producer, 2100)
	m.check(subscriber, 2100)
}

func TestForeignMessagesArePassedOver(t *testing.T) {
	server := newMemory(names, 1<<20)
	m, a, _, da, _ := two(t, server, nil)
	a.post(0, 10)
	for _, subject := range []string{names.In(producer), names.Log(producer), names.Log(producer)} {
		if _, err := server.Store(context.Background(), subject, []byte("not of the mesh"), link.Storing{}); err != nil {
			t.Fatal(err)
		}
		a.post(m.counted(producer), m.counted(producer)) // nothing
	}
	a.post(10, 30)
	until(t, "all are counted", func() bool { return m.counted(producer) == 30 })
	m.check(producer, 30)
	if da.Status().Foreigners == 0 {
		t.Error("foreign messages are not counted")
	}
}

// An output function sees each output at least once, in order, also where a node crashes between a commit
// and the call.
func TestOutputFunctions(t *testing.T) {
	server := newMemory(names, 1<<20)
	m := newMesh(t, server)
	a := m.start(1)
	c := newCounter(producer)
	c.sinks = true
	a.add(c)
	a.post(0, 50)
	until(t, "half are counted", func() bool { return m.counted(producer) == 50 })
	a.post(50, 100)
	until(t, "all are seen", func() bool { c.mu.Lock(); defer c.mu.Unlock(); return len(c.emitted) == 100 })
	a.crash()
	b := m.start(2)
	c2 := newCounter(producer)
	c2.sinks = true
	b.add(c2)
	b.post(100, 150)
	until(t, "the rest is seen", func() bool {
		c2.mu.Lock()
		defer c2.mu.Unlock()
		n := len(c2.emitted)
		return n >= 50 && c2.emitted[n-1][0] == 149
	})
	c2.mu.Lock()
	defer c2.mu.Unlock()
	first := c2.emitted[0][0]
	if first > 100 || first < 50 {
		t.Errorf("the second sees from %d on: what the first may not have seen and no more, want 50 to 100", first)
	}
	for i, e := range c2.emitted {
		if e[0] != first+uint64(i) || e[1] != e[0]+1 {
			t.Fatalf("output %d is %v", i, e)
		}
	}
	if c.wrong+c2.wrong > 0 {
		t.Error("wrong causes")
	}
}
