package driver

import (
	"testing"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshed"
)

// quiet is a counter without outputs.
type quiet struct{ *counter }

func (q quiet) Step(in event.Batch, first uint64) (meshed.Stepped, *fault.Error) {
	s, err := q.counter.Step(in, first)
	s.Outputs, s.Causes = event.Batch{}, nil
	return s, err
}

func (q quiet) numbers() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.counts)
}

// Nobody sees a commit without outputs, so that many events share one, unless somebody waits for it.
func TestWithoutOutputsACommitWaits(t *testing.T) {
	server := newMemory(names, 1<<20)
	m := newMesh(t, server)
	m.change = func(o *Options) { o.CommitEvery, o.Purge = time.Hour, time.Hour }
	n := m.start(1)
	q := quiet{newCounter(producer)}
	d := n.add(q)
	for i := range 5 {
		n.post(i, i+1)
		until(t, "it is processed", func() bool { return q.numbers() == i+1 })
	}
	if got := server.count(names.Log(producer)); got != 1 {
		t.Errorf("the log has %d records beside the claim", got-1)
	}
	if a := ask(t, d, &Request{Verb: Flush}); a.Err != nil || m.counted(producer) != 5 {
		t.Errorf("%d events are committed after a flush: %v", m.counted(producer), a.Err)
	}
	if got := server.count(names.Log(producer)); got != 2 {
		t.Errorf("the log has %d records beside the claim", got-1)
	}
	n.post(5, 6)
	until(t, "it is processed", func() bool { return q.numbers() == 6 })
	d.End(false)
	<-d.Done()
	if m.counted(producer) != 6 {
		t.Error("what waits for its commit is lost when the daemon is given up")
	}
}

func TestOutputsAreCommittedAtOnce(t *testing.T) {
	m := newMesh(t, newMemory(names, 1<<20))
	m.change = func(o *Options) { o.CommitEvery = time.Hour }
	n := m.start(1)
	n.add(newCounter(producer))
	for i := range 3 {
		n.post(i, i+1)
		until(t, "it is committed", func() bool { return m.counted(producer) == i+1 })
	}
}
