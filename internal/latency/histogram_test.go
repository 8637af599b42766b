package latency

import (
	"math"
	"slices"
	"testing"
	"time"

	"netmeshos/internal/testrand"
)

// The top of a time's bucket is not below the time, and at most an eighth above it.
func TestBucketsAreAtMostAnEighthTooHigh(t *testing.T) {
	check := func(d time.Duration) {
		t.Helper()
		top := bucketTop(bucketOf(d))
		if top < d || float64(top) > float64(d)*1.125 {
			t.Fatalf("%d ns count as %d ns", d, top)
		}
	}
	for d := time.Duration(1); d < 5000; d++ {
		check(d)
	}
	for shift := range octaves {
		for _, off := range []time.Duration{-1, 0, 1} {
			if d := 1<<shift + off; d > 0 {
				check(d)
			}
		}
	}
	for last, bucket := time.Duration(0), 0; bucket < buckets; bucket++ {
		if top := bucketTop(bucket); top < last {
			t.Fatalf("bucket %d ends at %d ns, before the one before", bucket, top)
		} else {
			last = top
		}
	}
}

func TestTimesOutOfRangeCountAtTheEnds(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		want int
	}{
		{0, 0}, {-time.Hour, 0}, {1, 0},
		{1<<octaves - 1, buckets - 1},
		{1 << octaves, buckets - 1},
		{math.MaxInt64, buckets - 1},
	} {
		if got := bucketOf(c.d); got != c.want {
			t.Errorf("%d ns: bucket %d, want %d", c.d, got, c.want)
		}
	}
}

func TestSummaries(t *testing.T) {
	if got := (*Histogram)(nil).Summary(); got != (Summary{}) {
		t.Errorf("of nothing: %+v", got)
	}
	for _, c := range []struct {
		name  string
		times []time.Duration
		want  Summary
	}{
		{"one call", []time.Duration{1000}, Summary{1000, 1000, 1000}},
		{"a call of no time", []time.Duration{0}, Summary{0, 0, 0}},
		{"all the same", slices.Repeat([]time.Duration{time.Second}, 1000), Summary{time.Second, time.Second, time.Second}},
		{"one of a hundred is slow", append(slices.Repeat([]time.Duration{8}, 99), time.Hour), Summary{8, time.Hour, time.Hour}},
		{"one of a hundred and one is slow", append(slices.Repeat([]time.Duration{8}, 100), time.Hour), Summary{8, 8, time.Hour}},
		{"longer than any bucket", []time.Duration{time.Hour}, Summary{time.Hour, time.Hour, time.Hour}},
	} {
		l := new(Histogram)
		for _, d := range c.times {
			l.Add(d, 1)
		}
		if got := l.Summary(); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// Quantiles are those of the sorted times, or at most an eighth higher.
func TestQuantilesOfAnyTimes(t *testing.T) {
	random := testrand.New(t)
	for range 200 {
		l := new(Histogram)
		var times []time.Duration
		for range 1 + random.IntN(300) {
			d := time.Duration(1) << random.IntN(34)
			d += time.Duration(random.Int64N(int64(d)))
			n := 1 + random.IntN(3)
			l.Add(d, uint32(n))
			times = append(times, slices.Repeat([]time.Duration{d}, n)...)
		}
		slices.Sort(times)
		got := l.Summary()
		for q, is := range map[float64]time.Duration{0.5: got.P50, 0.99: got.P99, 1: got.Max} {
			exact := times[min(int(q*float64(len(times))), len(times)-1)]
			if is < exact || float64(is) > float64(exact)*1.125 {
				t.Fatalf("quantile %v of %d times: %d, want %d", q, len(times), is, exact)
			}
		}
	}
}

// After 2^32 calls the quantiles are still right.
func TestFullBucketsKeepTheirProportions(t *testing.T) {
	var h Histogram
	for range 3 {
		h.Add(time.Microsecond, math.MaxUint32)
		h.Add(time.Second, math.MaxUint32/4)
		h.Add(time.Minute, 1)
		got := h.Summary()
		if got.P50 < time.Microsecond || got.P50 > 1125*time.Nanosecond {
			t.Errorf("the median is %v, want about 1 µs", got.P50)
		}
		if got.P99 < time.Second || got.P99 > 1125*time.Millisecond {
			t.Errorf("the 99th percentile is %v, want about 1 s", got.P99)
		}
	}
	var sum uint64
	for _, octave := range h.counts {
		for _, n := range octave {
			sum += uint64(n)
		}
	}
	if sum != h.total {
		t.Errorf("the buckets hold %d calls, the total says %d", sum, h.total)
	}
	if *h.count(bucketOf(time.Minute)) == 0 {
		t.Error("a rare call is forgotten")
	}
}

// A histogram takes memory for the octaves that have had calls, in whatever order.
func TestMemoryIsForOctavesWithCalls(t *testing.T) {
	var h Histogram
	for n, octave := range []int{20, 3, 37, 0, 12} {
		for step := range time.Duration(steps) {
			d := max(1, time.Duration(1)<<octave+step<<octave/steps)
			h.Add(d, 1)
			if got := *h.count(bucketOf(d)); got == 0 {
				t.Errorf("%v is not counted", d)
			}
		}
		if len(h.counts) != n+1 {
			t.Errorf("%d octaves have counts, want %d", len(h.counts), n+1)
		}
	}
	if h.total != 5*steps {
		t.Errorf("%d calls, want %d", h.total, 5*steps)
	}
	if n := testing.AllocsPerRun(10, func() { h.Add(time.Second>>10, 1) }); n != 0 { // octave 19 is new only once
		t.Errorf("%v allocations", n)
	}
}

func TestDistribution(t *testing.T) {
	if d := (*Histogram)(nil).Distribution(); d.Count != 0 || d.Sum != 0 || d.Octaves != nil {
		t.Errorf("of nothing: %v", d)
	}
	h := new(Histogram)
	h.Add(1, 1)
	h.Add(1023, 2)
	h.Add(1024, 3)
	h.Add(time.Hour, 4)
	d := h.Distribution()
	want := []Octave{{1, 1}, {1023, 2}, {2047, 3}, {0, 4}}
	if d.Count != 10 || d.Sum != 1+2*1023+3*1024+4*time.Hour || !slices.Equal(d.Octaves, want) {
		t.Errorf("%v, want the octaves %v", d, want)
	}
}
