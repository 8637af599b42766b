//go:build mesh

package driver

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/meshtest"
	"netmeshos/internal/testrand"
)

func openLink(t testing.TB, s *meshtest.Server) *link.Link {
	t.Helper()
	l, err := link.Open(context.Background(), link.Options{Names: names, Servers: []string{s.URL}, Lease: time.Second, StartTimeout: 60 * time.Second, RequestTimeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

func follow(l *link.Link) func([]string, chan<- link.Message) (Following, error) {
	return func(subjects []string, into chan<- link.Message) (Following, error) {
		f, err := l.Follow(subjects, into)
		if err != nil {
			return nil, err
		}
		return f, nil
	}
}

func TestOnARealServer(t *testing.T) {
	l := openLink(t, meshtest.Start(t, meshtest.Options{}))
	m := &mesh{t: t, server: l, follow: follow(l)}
	m.change = func(o *Options) { o.Purge = 10 * time.Millisecond }
	a, b := m.start(1), m.start(2)
	da := a.add(newCounter(producer))
	until(t, "the first node runs it", da.Owns)
	s := newCounter(subscriber)
	s.gapless = true
	b.add(s)
	if err := a.set.Subscribe(context.Background(), producer, subscriber); err != nil {
		t.Fatal(err)
	}
	c := newCounter(producer)
	c.ballast = make([]byte, 3<<20) // longer than a message
	db := b.add(c)
	for i := 0; i < 20_000; i += 500 {
		a.post(i, i+500)
	}
	until(t, "all are there", func() bool { return m.counted(subscriber) == 20_000 })
	da.End(false)
	<-da.Done()
	until(t, "the other runs it", db.Owns)
	b.post(20_000, 20_100)
	until(t, "all are there", func() bool { return m.counted(subscriber) == 20_100 })
	if got := ask(t, db, &Request{Verb: Deliver, Event: numbered(6, 20_100), After: b.poster.Stored(producer)}); got.Err != nil || got.Outputs.Len() != 1 {
		t.Fatalf("a deliver ends with %+v", got)
	}
	until(t, "all are there", func() bool { return m.counted(subscriber) == 20_101 })
	m.check(producer, 20_101)
	m.check(subscriber, 20_101)
}

// The server is killed and started again while nodes crash, and answers are lost.
func TestChaosOnARealServer(t *testing.T) {
	random := testrand.New(t)
	server := meshtest.Start(t, meshtest.Options{})
	l := openLink(t, server)
	f := &flaky{Server: l, random: rand.New(rand.NewPCG(random.Uint64(), 0)), rate: 1}
	m := &mesh{t: t, server: f, follow: follow(l)}
	m.change = func(o *Options) { o.Restart, o.Purge, o.Timeout = true, 50*time.Millisecond, time.Second }
	s := &storm{m: m, random: random, live: map[uint64]*node{}}
	s.rage(60, func(round int) {
		if round%10 == 5 {
			server.Kill(t)
			server.Restart(t)
		}
	})
	f.mu.Lock()
	f.rate = 0
	f.mu.Unlock()
	f.late.Wait()
	s.check()
}

// eachSync measures with a daemon of a node, on a server that syncs now and then, and on one that syncs always.
func eachSync(b *testing.B, measure func(b *testing.B, n *node, d *Driver)) {
	for _, sync := range []string{"2m", "always"} {
		b.Run("sync "+sync, func(b *testing.B) {
			l := openLink(b, meshtest.Start(b, meshtest.Options{Sync: sync}))
			m := &mesh{t: b, server: l, follow: follow(l)}
			n := m.start(1)
			d := n.add(&null{id: producer})
			until(b, "it runs", d.Owns)
			measure(b, n, d)
		})
	}
}

func BenchmarkPostToCommit(b *testing.B) {
	eachSync(b, func(b *testing.B, n *node, d *Driver) {
		events := make([]event.Event, 256)
		for i := range events {
			events[i] = event.Event{Origin: 5, Payload: make([]byte, 64)}
		}
		b.ReportAllocs()
		b.ResetTimer()
		for range b.N {
			for i := range events {
				events[i].Sequence++
			}
			if _, err := n.poster.Post(producer, events, 10*time.Second); err != nil {
				b.Fatal(err)
			}
		}
		ask(b, d, &Request{Verb: Flush, After: n.poster.Stored(producer)})
		b.ReportMetric(float64(b.N)*256/b.Elapsed().Seconds(), "events/s")
	})
}

func BenchmarkDeliver(b *testing.B) {
	eachSync(b, func(b *testing.B, n *node, d *Driver) {
		b.ResetTimer()
		for i := range b.N {
			if a := ask(b, d, &Request{Verb: Deliver, Event: numbered(5, uint64(i))}); a.Err != nil { //nolint:gosec // not negative
				b.Fatal(a.Err)
			}
		}
	})
}
