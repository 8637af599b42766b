package driver

import (
	"bytes"
	"testing"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
)

// taker is a daemon with a restore callback and without a snapshot callback.
type taker struct{ *counter }

func (taker) HasSnapshot() bool { return false }

func (taker) Seal(commit func([]byte) error) *fault.Error {
	if err := commit(nil); err != nil {
		return fault.New(fault.InvalidState, "%w", err)
	}
	return nil
}

// What a host gives a daemon that takes no snapshots is its state, until the host gives it
// another.
func TestAStateThatWasGivenStays(t *testing.T) {
	for name, ballast := range map[string]int{"short": 0, "in a record": 2000, "in pieces": 10_000} {
		t.Run(name, func(t *testing.T) {
			server := newMemory(names, 4096)
			m := newMesh(t, server)
			m.change = func(o *Options) { o.Restart, o.Purge = true, time.Millisecond }
			a, b := m.start(1), m.start(2)
			c := taker{newCounter(producer)}
			c.stops = true
			failed := false
			c.fails = func(number uint32) bool {
				fails := number == 7 && !failed
				failed = failed || fails
				return fails
			}
			da := a.add(c)
			until(t, "the first runs it", da.Owns)
			was := newCounter(0)
			was.counts, was.ballast = []byte{9, 9, 9}, make([]byte, ballast)
			state := was.encode()
			a.post(0, 3)
			if got := ask(t, da, &Request{Verb: GiveBack, State: state, After: a.poster.Stored(producer)}); got.Err != nil {
				t.Fatal(got.Err)
			}
			a.post(3, 7)
			ask(t, da, &Request{Verb: Flush, After: a.poster.Stored(producer)})
			c.mu.Lock()
			if !bytes.Equal(c.counts, []byte{9, 9, 9, 1, 1, 1, 1}) {
				t.Errorf("before the failure it counts %v", c.counts)
			}
			c.mu.Unlock()
			a.post(7, 8) // fails once
			ask(t, da, &Request{Verb: Flush, After: a.poster.Stored(producer)})
			c.mu.Lock()
			if !bytes.Equal(c.counts, []byte{9, 9, 9, 0, 0, 0, 0, 1}) {
				t.Errorf("after a failure it counts %v: it was to begin with what it was given", c.counts)
			}
			c.mu.Unlock()
			second := taker{newCounter(producer)}
			db := b.add(second)
			a.crash()
			until(t, "the second runs it", db.Owns)
			b.post(8, 9)
			ask(t, db, &Request{Verb: Flush, After: b.poster.Stored(producer)})
			second.mu.Lock()
			defer second.mu.Unlock()
			if !bytes.Equal(second.counts, []byte{9, 9, 9, 0, 0, 0, 0, 0, 1}) {
				t.Errorf("after a take-over it counts %v: it was to begin with what it was given", second.counts)
			}
		})
	}
}

// A state that is never given again doesn't keep the log from being purged.
func TestAStateThatWasGivenIsWrittenAgain(t *testing.T) {
	server := newMemory(names, 1<<20)
	m := newMesh(t, server)
	m.change = func(o *Options) { o.PurgeEvents = 1000 }
	a := m.start(1)
	da := a.add(taker{newCounter(producer)})
	was := newCounter(0)
	was.counts, was.ballast = []byte{9}, make([]byte, 2000)
	if got := ask(t, da, &Request{Verb: GiveBack, State: was.encode()}); got.Err != nil {
		t.Fatal(got.Err)
	}
	const records = mostRecords + 3000
	for i := range records {
		if got := ask(t, da, &Request{Verb: Deliver, Event: small(i)}); got.Err != nil {
			t.Fatal(got.Err)
		}
	}
	if n := server.count(names.Log(producer)); n > 5000 {
		t.Errorf("the log keeps %d records", n)
	}
	c, _ := m.stored(producer)
	if !bytes.Equal(c.counts, []byte{9}) || len(c.ballast) != 2000 {
		t.Errorf("the state counts %v, and has %d more bytes", c.counts, len(c.ballast))
	}
}

// small is an event with a number below 100.
func small(i int) event.Event {
	e := numbered(5, uint64(i%100)) //nolint:gosec // not negative
	e.Sequence = uint64(i) + 1      //nolint:gosec // not negative
	return e
}
