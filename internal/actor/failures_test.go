package actor

import (
	"testing"
	"time"
)

func TestFailuresKeepTheNewest(t *testing.T) {
	var f Failures
	if f.Total() != 0 || len(f.Recent()) != 0 {
		t.Error("failures without a failure")
	}
	one := func(n uint64) Failure {
		return Failure{Time: time.UnixMilli(int64(n)), DaemonID: n % 3, Origin: n * 7, Sequence: n, Status: int32(-n)}
	}
	for n := uint64(1); n <= 3*FailuresKept+5; n++ {
		f.Add(one(n))
		recent := f.Recent()
		if f.Total() != n || len(recent) != int(min(n, FailuresKept)) {
			t.Fatalf("after %d: %d in all, %d kept", n, f.Total(), len(recent))
		}
		for i, got := range recent {
			if want := one(n - uint64(len(recent)) + 1 + uint64(i)); got != want {
				t.Fatalf("after %d: failure %d is %+v, want %+v", n, i, got, want)
			}
		}
	}
	kept := f.Recent()
	kept[0].Sequence = 0
	if f.Recent()[0].Sequence == 0 {
		t.Error("what Recent returned is the ring itself")
	}
}
