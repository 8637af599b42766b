package driver

import (
	"bytes"
	"testing"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/fault"
)

// silent is a daemon whose snapshot gives nothing while it is silent.
type silent struct {
	*counter
	silent atomic.Bool
}

func newSilent() *silent { return &silent{counter: newCounter(producer)} }

func (s *silent) Seal(commit func([]byte) error) *fault.Error {
	if !s.silent.Load() {
		return s.counter.Seal(commit)
	}
	if err := commit(nil); err != nil {
		return fault.New(fault.InvalidState, "%w", err)
	}
	return nil
}

func (s *silent) have() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.counts)
}

// A snapshot that gives nothing leaves the state that was committed last, whatever is committed meanwhile.
func TestASnapshotThatGivesNothingLeavesTheState(t *testing.T) {
	for name, ballast := range map[string]int{"short": 0, "in a record": 2000, "in pieces": 10_000} {
		t.Run(name, func(t *testing.T) {
			m := newMesh(t, newMemory(names, 4096))
			m.change = func(o *Options) { o.Purge = time.Millisecond }
			a, b := m.start(1), m.start(2)
			first, second := newSilent(), newSilent()
			first.ballast = make([]byte, ballast)
			da := a.add(first)
			until(t, "the first runs it", da.Owns)
			deliver := func(d *Driver, from *node, number uint64) {
				t.Helper()
				if got := ask(t, d, &Request{Verb: Deliver, Event: numbered(6, number), After: from.poster.Stored(producer)}); got.Err != nil || got.Outputs.Len() != 1 {
					t.Fatalf("a deliver ends with %+v", got)
				}
			}
			a.post(0, 3)
			deliver(da, a, 3)
			first.silent.Store(true)
			a.post(4, 6)
			deliver(da, a, 6)
			if got := ask(t, da, &Request{Verb: Snapshot}); got.Err != nil || got.State != nil {
				t.Errorf("a snapshot that gives nothing ends with %+v", got)
			}
			if c, r := m.stored(producer); !bytes.Equal(c.counts, []byte{1, 1, 1, 1}) || len(c.ballast) != ballast || r.Out != 7 {
				t.Errorf("the state counts %v, and has %d more bytes, after %d outputs", c.counts, len(c.ballast), r.Out)
			}
			db := b.add(second)
			a.crash()
			until(t, "the second runs it", db.Owns)
			deliver(db, b, 7)
			if got := second.have(); !bytes.Equal(got, []byte{1, 1, 1, 1, 0, 0, 0, 1}) {
				t.Errorf("after a take-over it counts %v: it was to begin with the last state", got)
			}
			if c, _ := m.stored(producer); len(c.counts) != 8 {
				t.Errorf("once it gives a state again, %v is committed", c.counts)
			}
		})
	}
}

// A daemon that has never given a state has none, and a host's is the state of one that gives nothing.
func TestADaemonThatGivesNothing(t *testing.T) {
	m := newMesh(t, newMemory(names, 4096))
	a := m.start(1)
	c := newSilent()
	c.silent.Store(true)
	d := a.add(c)
	a.post(0, 3)
	ask(t, d, &Request{Verb: Flush, After: a.poster.Stored(producer)})
	if c, r := m.stored(producer); len(c.counts) != 0 || r.Out != 3 {
		t.Errorf("the state counts %v after %d outputs", c.counts, r.Out)
	}
	was := newCounter(0)
	was.counts = []byte{9}
	for _, state := range [][]byte{was.encode(), nil} {
		if got := ask(t, d, &Request{Verb: GiveBack, State: state}); got.Err != nil {
			t.Fatal(got.Err)
		}
		a.post(3, 4)
		if c, _ := m.stored(producer); !bytes.Equal(c.encode(), decode(state).encode()) {
			t.Errorf("the state counts %v, and %v was given", c.counts, decode(state).counts)
		}
	}
}

// It is written again before the log would be kept for it, as any other.
func TestTheStateOfADaemonThatGivesNothingIsWrittenAgain(t *testing.T) {
	server := newMemory(names, 1<<20)
	m := newMesh(t, server)
	m.change = func(o *Options) { o.PurgeEvents = 1000 }
	a := m.start(1)
	c := newSilent()
	c.ballast = make([]byte, 2000)
	d := a.add(c)
	for i := range mostRecords + 3000 {
		if got := ask(t, d, &Request{Verb: Deliver, Event: small(i)}); got.Err != nil {
			t.Fatal(got.Err)
		}
		c.silent.Store(true)
	}
	if n := server.count(names.Log(producer)); n > 5000 {
		t.Errorf("the log keeps %d records", n)
	}
	if c, _ := m.stored(producer); !bytes.Equal(c.counts, []byte{1}) || len(c.ballast) != 2000 {
		t.Errorf("the state counts %v, and has %d more bytes", c.counts, len(c.ballast))
	}
}
