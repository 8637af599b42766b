package driver

import (
	"testing"
	"time"
)

// What is processed is purged though no owner lives for as long as that takes.
func TestManyBriefOwnersLeaveNothingBehind(t *testing.T) {
	server := newMemory(names, 1<<20)
	m := newMesh(t, server)
	m.change = func(o *Options) {
		if o.Self.Node == 9 { // it tells soon what it has read
			o.Purge = time.Millisecond
		}
	}
	s := m.start(9) // reads what the daemon emits
	reader := s.add(newCounter(subscriber))
	until(t, "the subscriber runs", reader.Owns)
	if err := s.set.Subscribe(t.Context(), producer, subscriber); err != nil {
		t.Fatal(err)
	}
	const owners = 201
	most := 0
	for i := range owners {
		n := m.start(1)
		d := n.add(newCounter(producer))
		n.post(i, i+1)
		if i%2 == 0 {
			ask(t, d, &Request{Verb: Flush, After: n.poster.Stored(producer)})
		}
		d.End(false)
		<-d.Done()
		n.crash()
		until(t, "the subscriber has it", func() bool { return m.counted(subscriber) == i+1 || i%2 == 1 })
		most = max(most, server.count(names.In(producer))+server.count(names.Log(producer)))
	}
	if most > 60 { // the servers' clock makes a second each time that something is stored
		t.Errorf("%d messages were left at one time", most)
	}
	m.check(producer, owners)
}
