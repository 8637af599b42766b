package driver

import (
	"bytes"
	"context"
	"testing"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/wire"
)

// upgraded is the servers as a node sees them that can read version 2 of envelopes, which is version 1 with another number.
type upgraded struct{ *memory }

func readable(m link.Message) link.Message {
	if len(m.Data) > 2 && m.Data[0] == wire.KindEnvelope && m.Data[1] == 2 {
		m.Data = bytes.Clone(m.Data)
		m.Data[1] = 1
	}
	return m
}

func (u upgraded) Read(ctx context.Context, stream string, filters []string, from uint64, limit int) ([]link.Message, error) {
	all, err := u.memory.Read(ctx, stream, filters, from, limit)
	for i := range all {
		all[i] = readable(all[i])
	}
	return all, err
}

func (u upgraded) follow(subjects []string, into chan<- link.Message) (Following, error) {
	between := make(chan link.Message)
	go func() { // ends with the test's process
		for m := range between {
			into <- readable(m)
		}
	}()
	return u.memory.follow(subjects, between)
}

// postLater stores an envelope of a later version.
func postLater(t *testing.T, server *memory, from, to int) uint64 {
	t.Helper()
	var events event.Batch
	for i := from; i < to; i++ {
		events.Add(numbered(5, uint64(i))) //nolint:gosec // small
	}
	data := wire.AppendEnvelope(nil, wire.ID{Node: 9, Instance: 9, Counter: uint64(to)}, events) //nolint:gosec // small
	data[1] = 2
	sequence, err := server.Store(context.Background(), names.In(producer), data, link.Storing{})
	if err != nil {
		t.Fatal(err)
	}
	return sequence
}

// A node that can't read what was accepted doesn't pass it over: it hands the daemon to one that can.
func TestEventsOfALaterVersionGoToWhoCanReadThem(t *testing.T) {
	server := newMemory(names, 1<<20)
	m := newMesh(t, server)
	var old *Driver
	m.change = func(o *Options) {
		o.Purge = time.Millisecond
		o.Later = func(uint64, string, uint64) bool { old.Want(false); return true }
	}
	a := m.start(1)
	old = newDriver(a.set, newCounter(producer))
	a.set.mu.Lock()
	a.set.drivers[producer] = old
	a.set.mu.Unlock()
	old.wake()
	until(t, "the first runs it", old.Owns)
	later := upgraded{server}
	m.server, m.follow = later, later.follow
	b := m.start(2)
	db := b.add(newCounter(producer))
	a.post(0, 10)
	postLater(t, server, 10, 20)
	a.post(20, 30)
	until(t, "the other runs it", db.Owns)
	if got := ask(t, db, &Request{Verb: Flush, After: a.poster.Stored(producer)}); got.Err != nil {
		t.Error(got.Err)
	}
	m.check(producer, 30)
}

// Where no other stands by, it waits, and says why to whoever waits for it. Nothing is lost, and it goes on once somebody can read it
// or has removed it.
func TestEventsOfALaterVersionWait(t *testing.T) {
	for name, removed := range map[string]bool{"a later node comes": false, "somebody removes them": true} {
		t.Run(name, func(t *testing.T) {
			server := newMemory(names, 1<<20)
			m := newMesh(t, server)
			m.change = func(o *Options) { o.Purge = time.Millisecond }
			a := m.start(1)
			d := a.add(newCounter(producer))
			a.post(0, 10)
			at := postLater(t, server, 10, 20)
			a.post(20, 30)
			for what, q := range map[string]*Request{
				"a flush":    {Verb: Flush, After: a.poster.Stored(producer)},
				"a deliver":  {Verb: Deliver, After: a.poster.Stored(producer), Event: numbered(6, 40)},
				"a snapshot": {Verb: Snapshot, After: a.poster.Stored(producer)},
			} {
				if got := ask(t, d, q); got.Err == nil || got.Err.Kind != fault.Unsupported {
					t.Errorf("%s ends with %v, want unsupported", what, got.Err)
				}
			}
			if got := ask(t, d, &Request{Verb: Snapshot, After: at - 1}); got.Err != nil {
				t.Error(got.Err)
			}
			if n := m.counted(producer); n != 10 || a.set.Foreigners() != 0 {
				t.Errorf("%d events are counted, want 10, and %d messages are passed over", n, a.set.Foreigners())
			}
			if removed {
				server.mu.Lock()
				stream := names.StreamFor(names.In(producer))
				for i, message := range server.streams[stream] {
					if message.Sequence == at {
						server.streams[stream] = append(server.streams[stream][:i:i], server.streams[stream][i+1:]...)
						break
					}
				}
				server.mu.Unlock()
				if got := ask(t, d, &Request{Verb: Deliver, After: at, Event: numbered(6, 10)}); got.Err != nil && got.Err.Kind != fault.Unsupported {
					t.Error(got.Err)
				}
				until(t, "it goes on", func() bool { return ask(t, d, &Request{Verb: Flush, After: a.poster.Stored(producer)}).Err == nil })
				if c, _ := m.stored(producer); len(c.counts) != 30 || c.counts[29] != 1 {
					t.Errorf("%d are counted", len(c.counts))
				}
				return
			}
			later := upgraded{server}
			m.server, m.follow = later, later.follow
			b := m.start(2)
			db := b.add(newCounter(producer))
			d.End(false)
			<-d.Done()
			until(t, "the other runs it", db.Owns)
			if got := ask(t, db, &Request{Verb: Flush, After: a.poster.Stored(producer)}); got.Err != nil {
				t.Error(got.Err)
			}
			m.check(producer, 30)
		})
	}
}

// The same goes for outputs, and nobody puts right what a later version has stored of subscriptions and stops.
func TestRecordsOfALaterVersionWait(t *testing.T) {
	server := newMemory(names, 1<<20)
	m := newMesh(t, server)
	a := m.start(1)
	d := a.add(newCounter(subscriber))
	if err := a.set.Subscribe(context.Background(), producer, subscriber); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Store(context.Background(), names.Log(producer), []byte{wire.KindRecord, 2, 0}, link.Storing{}); err != nil {
		t.Fatal(err)
	}
	until(t, "the subscriber waits for them", func() bool {
		got := ask(t, d, &Request{Verb: Flush})
		return got.Err != nil && got.Err.Kind == fault.Unsupported
	})
	if a.set.Foreigners() != 0 {
		t.Errorf("%d messages are passed over", a.set.Foreigners())
	}
	stopped := newCounter(0x30)
	until(t, "it runs", a.add(stopped).Owns)
	a.stopIt(stopped, true)
	const newer = `{"v":2,"what":"is newer"}`
	subjects := []string{names.Subscription(subscriber, producer), names.Stop(0x30)}
	for _, subject := range subjects {
		if _, err := server.Store(context.Background(), subject, []byte(newer), link.Storing{}); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "both are seen", func() bool { return a.set.Foreigners() == 2 })
	a.crash() // with all that it does in the background
	for _, subject := range subjects {
		if last, err := server.Last(context.Background(), subject); err != nil || string(last.Data) != newer {
			t.Errorf("%s has %s, %v", subject, last.Data, err)
		}
	}
}
