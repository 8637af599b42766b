package logs_test

import (
	"runtime"
	"testing"
)

// mebibyte is 2^20 bytes.
const mebibyte = 1 << 20

// keepsAtMost fails the test if do makes the heap grow by more than limit bytes. alive
// lists the objects whose memory counts.
func keepsAtMost(t *testing.T, limit int64, do func(), alive ...any) {
	t.Helper()
	before := heap()
	do()
	if grown := heap() - before; grown > limit {
		t.Errorf("%d MiB of memory are kept, want at most %d", grown/mebibyte, limit/mebibyte)
	}
	runtime.KeepAlive(alive)
}

func heap() int64 {
	runtime.GC()
	runtime.GC() // frees what sync.Pool and finalizers still held
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
