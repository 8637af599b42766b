//go:build mesh

package link

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"go.uber.org/atomic"

	"netmeshos/internal/mesh/meshtest"
)

// Both ways of syncing: NET_MESHOS_SERVER_PROGRAM may be a nats-server, to which it is the same.
func benchmarkBoth(b *testing.B, f func(*testing.B, *Link)) {
	for _, sync := range []string{"2m", "always"} {
		b.Run("sync="+sync, func(b *testing.B) {
			s := meshtest.Start(b, meshtest.Options{Sync: sync})
			l := open(b, options(s))
			b.ResetTimer()
			f(b, l)
		})
	}
}

func perSecond(b *testing.B, what string, count int) {
	b.ReportMetric(float64(count)/b.Elapsed().Seconds(), what+"/s")
}

func BenchmarkStoreOneByOne(b *testing.B) {
	benchmarkBoth(b, func(b *testing.B, l *Link) {
		data := make([]byte, 64)
		for range b.N {
			must(b)(l.Store(context.Background(), l.Names().In(4), data, Storing{}))
		}
		perSecond(b, "messages", b.N)
	})
}

func BenchmarkStoreFrom16(b *testing.B) {
	benchmarkBoth(b, func(b *testing.B, l *Link) {
		data := make([]byte, 64)
		var next atomic.Int64
		var group sync.WaitGroup
		for range 16 {
			group.Add(1)
			go func() {
				defer group.Done()
				for next.Inc() <= int64(b.N) {
					must(b)(l.Store(context.Background(), l.Names().In(4), data, Storing{}))
				}
			}()
		}
		group.Wait()
		perSecond(b, "messages", b.N)
	})
}

// Commits of one daemon: each waits for the one before.
func BenchmarkStoreExpecting(b *testing.B) {
	benchmarkBoth(b, func(b *testing.B, l *Link) {
		data := make([]byte, 1024)
		last := uint64(0)
		for range b.N {
			last = must(b)(l.Store(context.Background(), l.Names().Log(4), data, Storing{Expect: &last}))
		}
		perSecond(b, "messages", b.N)
	})
}

const envelope = 256 // events of 64 bytes, with 16 bytes around each

// Envelopes of 256 events, many in flight.
func BenchmarkStoreEnvelopes(b *testing.B) {
	for _, flight := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("flight=%d", flight), func(b *testing.B) {
			benchmarkBoth(b, func(b *testing.B, l *Link) {
				storeMany(b, l, flight, make([]byte, envelope*80))
				perSecond(b, "events", b.N*envelope)
			})
		})
	}
}

func storeMany(b *testing.B, l *Link, flight int, data []byte) {
	free := make(chan error, flight)
	for range flight {
		free <- nil
	}
	take := func() {
		if err := <-free; err != nil {
			b.Fatal(err)
		}
	}
	for range b.N {
		take()
		l.StoreAsync(context.Background(), l.Names().In(4), data, Storing{}, func(_ uint64, err error) { free <- err })
	}
	for range flight {
		take()
	}
}

// The same, and a follower that has them all.
func BenchmarkStoreEnvelopesAndFollow(b *testing.B) {
	benchmarkBoth(b, func(b *testing.B, l *Link) {
		into := make(chan Message, 100)
		f, err := l.Follow([]string{l.Names().In(4)}, into)
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for range b.N {
				if m := <-into; m.Gap {
					b.Error("a gap")
				}
			}
		}()
		storeMany(b, l, 8, make([]byte, envelope*80))
		<-ended
		perSecond(b, "events", b.N*envelope)
	})
}

func BenchmarkReadBatches(b *testing.B) {
	l := open(b, options(meshtest.Start(b, meshtest.Options{})))
	data, n := make([]byte, 64), l.Names()
	done := make(chan error, 10000)
	for range cap(done) {
		l.StoreAsync(context.Background(), n.In(4), data, Storing{}, func(_ uint64, err error) { done <- err })
	}
	for range cap(done) {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	from := uint64(0)
	read := 0
	for range b.N {
		list, err := l.Read(context.Background(), n.StreamOf(4), []string{n.In(4)}, from, 1000)
		if err != nil {
			b.Fatal(err)
		}
		read += len(list)
		from = list[len(list)-1].Sequence + 1
		if from > uint64(cap(done)) {
			from = 0
		}
	}
	perSecond(b, "messages", read)
}

func BenchmarkBatchOfTwo(b *testing.B) {
	benchmarkBoth(b, func(b *testing.B, l *Link) {
		n := l.Names()
		data := make([]byte, 1024)
		for range b.N {
			must(b)(l.StoreBatch(context.Background(), []BatchPart{{Subject: n.Piece(4), Data: data}, {Subject: n.Log(4), Data: data}}, Storing{}))
		}
		perSecond(b, "batches", b.N)
	})
}

func BenchmarkRequest(b *testing.B) {
	s := meshtest.Start(b, meshtest.Options{})
	l, other := open(b, options(s)), open(b, options(s))
	stop, err := other.Serve(l.Names().Node(7, "*"), func(r Request) { _ = r.Respond(r.Data) })
	if err != nil {
		b.Fatal(err)
	}
	defer stop()
	data := make([]byte, 64)
	b.ResetTimer()
	for range b.N {
		if _, err := l.Request(context.Background(), l.Names().Node(7, "ping"), data); err != nil {
			b.Fatal(err)
		}
	}
}

// What a subject that is followed, and one that is served, cost while nothing happens.
func BenchmarkFollowSubject(b *testing.B) {
	l := open(b, options(meshtest.Start(b, meshtest.Options{})))
	f, err := l.Follow(nil, make(chan Message))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if err := f.Add(l.Names().In(uint64(i))); err != nil {
			b.Fatal(err)
		}
	}
}
