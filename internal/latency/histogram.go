// Package latency owns the histogram of the durations of process calls.
package latency

import (
	"math"
	"math/bits"
	"time"
)

const (
	steps   = 8  // buckets for each doubling: a quantile is at most 1/8 too high
	octaves = 38 // doublings of 1 ns: up to 4.5 minutes
	buckets = octaves * steps
)

// Histogram counts calls by how long they took. The zero value is empty. It is kept small,
// because every daemon that has processed an event has one: buckets have 32 bits, and all
// are halved before one overflows. So after about 2^32 calls, older calls weigh less.
type Histogram struct {
	counts [buckets]uint32
	total  uint64        // the sum of counts
	sum    time.Duration // of all calls
	max    time.Duration
}

// Add counts n calls that took d each.
func (h *Histogram) Add(d time.Duration, n uint32) {
	b := bucketOf(d)
	for h.counts[b] > math.MaxUint32-n {
		h.halve()
		n -= n / 2
	}
	h.counts[b] += n
	h.total += uint64(n)
	h.sum += d * time.Duration(n)
	h.max = max(h.max, d)
}

// halve halves all buckets, but keeps at least one call in a bucket that has any.
func (h *Histogram) halve() {
	h.total, h.sum = 0, h.sum/2
	for b, n := range h.counts {
		h.counts[b] = n - n/2
		h.total += uint64(h.counts[b])
	}
}

func bucketOf(d time.Duration) int {
	ns := uint64(max(d, 1))
	octave := bits.Len64(ns) - 1
	step := 0
	if octave >= 3 {
		step = int(ns>>(octave-3)) - steps
	} else {
		step = int(ns<<(3-octave)) - steps
	}
	return min(octave*steps+step, buckets-1)
}

// bucketTop returns the longest time that a bucket counts.
func bucketTop(bucket int) time.Duration {
	octave, step := bucket/steps, bucket%steps
	end := uint64(steps+step+1) << octave // in eighths of a nanosecond
	return time.Duration((end+steps-1)/steps) - 1
}

// quantile returns a time within which the share q of the calls ended.
func (h *Histogram) quantile(q float64) time.Duration {
	rank := uint64(q * float64(h.total))
	var seen uint64
	for bucket, n := range h.counts {
		seen += uint64(n)
		if seen > rank && bucket < buckets-1 { // the last bucket has no top
			return min(bucketTop(bucket), h.max)
		}
	}
	return h.max
}

// Summary is what runtime_json shows of a histogram.
type Summary struct {
	P50, P99, Max time.Duration
}

// Distribution is how many calls took how long.
type Distribution struct {
	Sum     time.Duration
	Count   uint64
	Octaves []Octave // those with calls, shortest first
}

// Octave counts the calls that took at most AtMost, and more than half of that.
type Octave struct {
	AtMost time.Duration // 0: there is no limit
	Count  uint64
}

// Distribution returns the distribution: empty for a nil histogram.
func (h *Histogram) Distribution() (d Distribution) {
	if h == nil {
		return d
	}
	d.Sum, d.Count = h.sum, h.total
	for octave := range octaves {
		o := Octave{AtMost: 1<<(octave+1) - 1}
		for _, n := range h.counts[octave*steps : (octave+1)*steps] {
			o.Count += uint64(n)
		}
		if octave == octaves-1 {
			o.AtMost = 0
		}
		if o.Count > 0 {
			d.Octaves = append(d.Octaves, o)
		}
	}
	return d
}

// Summary returns the summary: zeros for an empty or nil histogram.
func (h *Histogram) Summary() Summary {
	if h == nil || h.total == 0 {
		return Summary{}
	}
	return Summary{h.quantile(0.50), h.quantile(0.99), h.max}
}
