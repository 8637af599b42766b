package driver

import (
	"context"
	"testing"

	"netmeshos/internal/fault"
)

// stopIt stops or restarts a daemon on the node that runs it.
func (n *node) stopIt(c *counter, stopped bool) {
	n.mesh.t.Helper()
	err := n.set.ChangeStopped(context.Background(), c.id, stopped, func() (bool, *fault.Error) {
		c.SetStopped(stopped)
		return stopped, nil
	})
	if err != nil {
		n.mesh.t.Fatal(err)
	}
}

// A daemon that is stopped answers at once, whatever waits for it.
func TestADaemonThatIsStoppedAnswersAtOnce(t *testing.T) {
	m := newMesh(t, newMemory(names, 1<<20))
	n := m.start(1)
	c := newCounter(producer)
	d := n.add(c)
	c.resumed = d.Resumed
	n.post(0, 10)
	ask(t, d, &Request{Verb: Flush, After: n.poster.Stored(producer)})
	n.stopIt(c, true)
	if got := ask(t, d, &Request{Verb: Flush, After: n.poster.Stored(producer)}); got.Err != nil {
		t.Errorf("a flush while nothing waits is answered with %v", got.Err)
	}
	n.post(10, 20)
	after := n.poster.Stored(producer)
	for range 2 {
		if got := ask(t, d, &Request{Verb: Flush, After: after}); got.Err == nil || got.Err.Kind != fault.Stopped {
			t.Errorf("a flush is answered with %v, want stopped", got.Err)
		}
		if got := ask(t, d, &Request{Verb: Deliver, Event: numbered(6, 20), After: after}); got.Err == nil || got.Err.Kind != fault.Stopped {
			t.Errorf("a deliver is answered with %v, want stopped", got.Err)
		}
		if got := ask(t, d, &Request{Verb: Snapshot, After: after}); got.Err != nil || len(decode(got.State).counts) != 10 {
			t.Errorf("the snapshot is %+v, want the state with 10", got)
		}
	}
	was := newCounter(0)
	was.counts = []byte{1, 1}
	if got := ask(t, d, &Request{Verb: GiveBack, State: was.encode(), After: after}); got.Err != nil {
		t.Error(got.Err)
	}
	n.stopIt(c, false)
	if got := ask(t, d, &Request{Verb: Flush, After: after}); got.Err != nil {
		t.Error(got.Err)
	}
	if c, _ := m.stored(producer); len(c.counts) != 20 || c.counts[1] != 1 || c.counts[2] != 0 || c.counts[19] != 1 {
		t.Errorf("it counts %v", c.counts)
	}
}

// A daemon that was stopped is so on the next node, whether that has heard of it or not, and until it is
// restarted there.
func TestAStopSurvivesATakeOver(t *testing.T) {
	server := newMemory(names, 1<<20)
	m := newMesh(t, server)
	a, b := m.start(1), m.start(2)
	ca, cb := newCounter(producer), newCounter(producer)
	da := a.add(ca)
	until(t, "the first runs it", da.Owns)
	db := b.add(cb)
	a.post(0, 10)
	ask(t, da, &Request{Verb: Flush, After: a.poster.Stored(producer)})
	a.stopIt(ca, true)
	until(t, "the other has heard", func() bool { return b.set.Stopped(producer) })
	a.post(10, 20)
	a.crash()
	until(t, "the second runs it", db.Owns)
	third := m.start(3)
	if got := ask(t, db, &Request{Verb: Deliver, Event: numbered(6, 20)}); got.Err == nil || got.Err.Kind != fault.Stopped {
		t.Errorf("a deliver is answered with %v, want stopped", got.Err)
	}
	cc := newCounter(producer)
	dc := third.add(cc)
	b.crash()
	until(t, "the third runs it", dc.Owns)
	if got := ask(t, dc, &Request{Verb: Deliver, Event: numbered(6, 20)}); got.Err == nil || got.Err.Kind != fault.Stopped {
		t.Errorf("a deliver is answered with %v, want stopped", got.Err)
	}
	if n := m.counted(producer); n != 10 {
		t.Errorf("%d are counted while it is stopped", n)
	}
	cc.resumed = dc.Resumed
	third.stopIt(cc, false)
	ask(t, dc, &Request{Verb: Flush, After: a.poster.Stored(producer)})
	m.check(producer, 20)
	fourth := m.start(4)
	cd := newCounter(producer)
	dd := fourth.add(cd)
	third.crash()
	until(t, "the fourth runs it", dd.Owns)
	fourth.post(20, 30)
	ask(t, dd, &Request{Verb: Flush, After: fourth.poster.Stored(producer)})
	m.check(producer, 30)
}
