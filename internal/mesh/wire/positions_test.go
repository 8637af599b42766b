package wire

import (
	"strconv"
	"testing"
)

// How long a record gets by the number of daemons that its daemon has subscribed to: docs/mesh.md has the figures.
func BenchmarkRecordOfManyProducers(b *testing.B) {
	for _, count := range []int{100, 1000, 10_000} {
		r := Record{Kind: Commit, Out: 1e6, First: 1e6}
		for i := range count {
			r.Producers = append(r.Producers, Position{Producer: uint64(i+1) * 0x9E3779B97F4A7C15, Sequence: 1e7 + uint64(i)*37, Index: Whole}) //nolint:gosec // not negative
		}
		b.Run(strconv.Itoa(count), func(b *testing.B) {
			var data []byte
			for range b.N {
				data = AppendRecord(data[:0], &r)
			}
			b.ReportMetric(float64(len(data))/float64(count), "bytes/producer")
			b.ReportMetric(float64(len(data)), "bytes")
		})
	}
}
