package host

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestNoLatency(t *testing.T) {
	var none *Latency
	if none.summary() != (LatencySummary{}) || new(Latency).summary() != (LatencySummary{}) {
		t.Error("nothing has a latency")
	}
}

// A quantile is never below the true one, and at most an eighth above it.
func TestQuantilesAreNear(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		var l Latency
		var all []time.Duration
		scale := math.Pow(10, random.Float64()*9)
		for range 1 + random.IntN(2000) {
			d := time.Duration(random.ExpFloat64()*scale) + latencySteps // what is shorter has a bucket for itself
			all = append(all, d)
			l.add(d, 1)
		}
		slices.Sort(all)
		for _, q := range []float64{0, 0.5, 0.9, 0.99, 1} {
			want := all[min(int(q*float64(len(all))), len(all)-1)]
			if got := l.quantile(q); got < want || float64(got) > float64(want)*1.125+1 {
				t.Errorf("quantile %v of %d calls is %v, want %v to an eighth more", q, len(all), got, want)
			}
		}
		if s := l.summary(); s.Max != all[len(all)-1] || s.P50 > s.P99 || s.P99 > s.Max {
			t.Errorf("summary %+v of at most %v", s, all[len(all)-1])
		}
	}
}

func TestManyAtOnceCountAsMany(t *testing.T) {
	var l Latency
	l.add(time.Millisecond, 99)
	l.add(time.Second, 1)
	if s := l.summary(); s.P50 > 2*time.Millisecond || s.P99 < time.Second || s.Max != time.Second {
		t.Errorf("summary %+v", s)
	}
}

func TestExtremeLatencies(t *testing.T) {
	for _, d := range []time.Duration{math.MinInt64, -1, 0, 1, 2, 7, 8, 9, math.MaxInt64} {
		var l Latency
		l.add(d, 1)
		if s := l.summary(); s.Max != max(d, 0) || s.P50 > s.Max {
			t.Errorf("%v: %+v", d, s)
		}
	}
}
