package view

import "testing"

func BenchmarkMetadata(b *testing.B) {
	m := Metadata{&Node{ID: 4660}, 8658788451821909695, "telemetry"}
	b.ReportAllocs()
	for b.Loop() {
		m.JSON(epoch)
	}
}

func BenchmarkRuntimeOf100Daemons(b *testing.B) {
	r := Runtime{Daemons: make([]Daemon, 100)}
	b.ReportAllocs()
	for b.Loop() {
		r.JSON()
	}
}
