//go:build mesh

package driver

import (
	"runtime"
	"testing"
	"time"

	"netmeshos/internal/mesh/meshtest"
)

// BenchmarkIdle measures a node with 1,000 idle daemons: how long until it runs all, and what one takes.
func BenchmarkIdle(b *testing.B) {
	l := openLink(b, meshtest.Start(b, meshtest.Options{}))
	m := &mesh{t: b, server: l, follow: follow(l)}
	for range b.N {
		n := m.start(1)
		heap, goroutines := inUse()
		began := time.Now()
		for i := range uint64(1000) {
			n.add(&null{id: 1000 + i})
		}
		for i := range uint64(1000) {
			until(b, "it runs", n.set.Driver(1000+i).Owns)
		}
		b.ReportMetric(time.Since(began).Seconds(), "s/start")
		until(b, "all are idle", func() bool { _, g := inUse(); return g <= goroutines+5 })
		after, _ := inUse()
		b.ReportMetric(float64(after-heap)/1000, "B/daemon")
		n.crash()
	}
}

func inUse() (heap int64, goroutines int) {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc), runtime.NumGoroutine() //nolint:gosec // not negative as int64
}
