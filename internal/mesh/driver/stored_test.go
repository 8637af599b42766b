package driver

import (
	"bytes"
	"context"
	"testing"
	"time"

	"netmeshos/internal/mesh/wire"
)

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
