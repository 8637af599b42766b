package node

import (
	"testing"
	"time"

	"netmeshos/internal/life"
)

func TestFailuresKeepTheNewest(t *testing.T) {
	var f failures
	if f.total != 0 || len(f.recent()) != 0 {
		t.Error("failures without a failure")
	}
	one := func(n uint64) life.Failed {
		return life.Failed{Time: time.UnixMilli(int64(n)), Daemon: life.Daemon{ID: n % 3}, Origin: n * 7, Sequence: n, Status: int32(-n)}
	}
	for n := uint64(1); n <= 3*failuresKept+5; n++ {
		f.add(one(n))
		recent := f.recent()
		if f.total != n || len(recent) != int(min(n, failuresKept)) {
			t.Fatalf("after %d: %d in all, %d kept", n, f.total, len(recent))
		}
		for i, got := range recent {
			if want := one(n - uint64(len(recent)) + 1 + uint64(i)); got != want {
				t.Fatalf("after %d: failure %d is %+v, want %+v", n, i, got, want)
			}
		}
	}
	kept := f.recent()
	kept[0].Sequence = 0
	if f.recent()[0].Sequence == 0 {
		t.Error("what Recent returned is the ring itself")
	}
}
