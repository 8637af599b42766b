package driver

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/link"
)

func junk(t testing.TB, server *memory, subject string, n int) {
	t.Helper()
	for range n {
		if _, err := server.Store(context.Background(), subject, []byte("not of the mesh"), link.Storing{}); err != nil {
			t.Fatal(err)
		}
	}
}

// What somebody else puts at the end of a daemon's log stops nothing: its owner commits, goes back to a
// commit, and hands over, and the next owner goes on from the last record.
func TestForeignMessagesAtTheEndOfALog(t *testing.T) {
	for name, n := range map[string]int{"one": 1, "many": firstStep - 10, "more than a step": 2 * firstStep} {
		t.Run(name, func(t *testing.T) {
			server := newMemory(names, 1<<20)
			m := newMesh(t, server)
			var mu sync.Mutex
			var lines []string
			m.change = func(o *Options) {
				o.Restart = true
				o.Log = func(level logs.Level, _ uint64, message string) {
					mu.Lock()
					defer mu.Unlock()
					if level >= logs.Warn {
						lines = append(lines, message)
					}
				}
			}
			a, b := m.start(1), m.start(2)
			c := newCounter(producer)
			c.stops = true
			failed := false
			c.fails = func(number uint32) bool {
				fails := number == 25 && !failed
				if failed = failed || fails; fails {
					junk(t, server, names.Log(producer), n) // it goes back to a commit that isn't the last message
				}
				return fails
			}
			da := a.add(c)
			until(t, "the first runs it", da.Owns)
			db := b.add(newCounter(producer))
			a.post(0, 10)
			ask(t, da, &Request{Verb: Flush, After: a.poster.Stored(producer)})
			junk(t, server, names.Log(producer), n)
			if owner, known, err := b.set.Owner(context.Background(), producer); owner != a.self || !known || err != nil {
				t.Errorf("the other node finds the owner %v, %v, %v", owner, known, err)
			}
			if got := ask(t, da, &Request{Verb: Deliver, Event: numbered(6, 10)}); got.Err != nil {
				t.Errorf("its deliver ends with %v", got.Err)
			}
			junk(t, server, names.In(producer), 1)
			a.post(11, 30)
			if got := ask(t, da, &Request{Verb: Flush, After: a.poster.Stored(producer)}); got.Err != nil {
				t.Error(got.Err)
			}
			junk(t, server, names.Log(producer), n)
			da.End(false)
			<-da.Done()
			junk(t, server, names.Log(producer), n)
			until(t, "the other runs it", db.Owns)
			b.post(30, 40)
			if got := ask(t, db, &Request{Verb: Flush, After: b.poster.Stored(producer)}); got.Err != nil {
				t.Error(got.Err)
			}
			m.check(producer, 40)
			if got := da.Status().Foreigners; got != uint64(3*n+1) || a.set.Foreigners() != got { //nolint:gosec // small
				t.Errorf("the first has counted %d of %d", got, 3*n+1)
			}
			mu.Lock()
			defer mu.Unlock()
			passed := 0
			for _, line := range lines {
				if strings.Contains(line, "over") && strings.Contains(line, "thrown away") {
					t.Errorf("it was taken for a take-over: %s", line)
				}
				if strings.Contains(line, "is passed over") {
					passed++
				}
			}
			if passed == 0 || passed > 2*(saidEach+16) {
				t.Errorf("%d lines say that something is passed over", passed)
			}
		})
	}
}

// A poster learns what is processed also where the last message isn't a record.
func TestForeignMessagesMakeNoQueueFull(t *testing.T) {
	server := newMemory(names, 1<<20)
	m := newMesh(t, server)
	n := m.start(1)
	n.poster.most = 200
	d := n.add(newCounter(producer))
	for i := range 20 {
		until(t, "there is room", func() bool {
			accepted, _ := n.poster.Post(producer, []event.Event{numbered(5, uint64(i))}, time.Second) //nolint:gosec // not negative
			return accepted == 1
		})
		ask(t, d, &Request{Verb: Flush, After: n.poster.Stored(producer)})
		junk(t, server, names.Log(producer), 1)
	}
	m.check(producer, 20)
}

// A commit of a later version of the library is nothing to pass over: going on from the one before would
// undo it.
func TestACommitOfALaterVersion(t *testing.T) {
	server := newMemory(names, 1<<20)
	_, a, _, da, _ := two(t, server, nil)
	a.post(0, 10)
	ask(t, da, &Request{Verb: Flush, After: a.poster.Stored(producer)})
	if _, err := server.Store(context.Background(), names.Log(producer), []byte{0xC1, 2, 0}, link.Storing{}); err != nil {
		t.Fatal(err)
	}
	before := server.count(names.Log(producer))
	if got := ask(t, da, &Request{Verb: Deliver, Event: numbered(6, 10)}); got.Err == nil {
		t.Error("it goes on from the commit before")
	}
	until(t, "it is not the owner any more", func() bool { return !da.Owns() })
	if server.count(names.Log(producer)) != before {
		t.Error("something was committed")
	}
}

// What somebody puts in the place of a subscription, or of a stop, is put right by the nodes that know better.
func TestForeignMessagesAmongWhatNodesKnow(t *testing.T) {
	server := newMemory(names, 1<<20)
	m := newMesh(t, server)
	m.change = func(o *Options) { o.Purge = time.Millisecond }
	a, b := m.start(1), m.start(2)
	d := a.add(newCounter(producer))
	s := b.add(newCounter(subscriber))
	if err := a.set.Subscribe(context.Background(), producer, subscriber); err != nil {
		t.Fatal(err)
	}
	a.post(0, 10)
	until(t, "they are counted", func() bool { return m.counted(subscriber) == 10 })
	subject := names.Subscription(subscriber, producer)
	junk(t, server, subject, 3)
	until(t, "the subscription is there again", func() bool {
		last, err := server.Last(context.Background(), subject)
		_, _, sub, ok := a.set.parse(last)
		return err == nil && ok && !sub.Ended
	})
	a.post(10, 20)
	until(t, "they are counted", func() bool { return m.counted(subscriber) == 20 })
	until(t, "the producer's log is purged", func() bool {
		d.wake()
		s.wake()
		return server.count(names.Log(producer)) < 4
	})
	third := newCounter(0x30)
	until(t, "it runs", a.add(third).Owns)
	a.stopIt(third, true)
	junk(t, server, names.Stop(0x30), 1)
	until(t, "the stop is there again", func() bool {
		last, err := server.Last(context.Background(), names.Stop(0x30))
		return err == nil && string(last.Data) == `{"v":1,"stopped":true}`
	})
	if !a.set.Stopped(0x30) || !m.start(3).set.Stopped(0x30) {
		t.Error("it is not stopped any more")
	}
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
