package logs_test

import (
	"runtime"
	"testing"
)

// mebibyte is 2^20 bytes.
const mebibyte = 1 << 20

// keepsAtMost fails the test if, once do has run, the heap is larger than
// before by more than limit bytes. What is measured must be among alive.
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
	runtime.GC() // what sync.Pool and finalizers held on to
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
