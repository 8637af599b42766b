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
// because every daemon that has processed an event has one: an octave has counts from its
// first call on, and one daemon's calls fall into few octaves. Counts have 32 bits, and all
// are halved before one overflows. So after about 2^32 calls, older calls weigh less.
type Histogram struct {
	places [octaves]uint8  // where an octave's counts are, plus 1; 0: it has had no call
	counts [][steps]uint32 // of the octaves that have had calls, in the order of the first ones
	total  uint64          // the sum of counts
	sum    time.Duration   // of all calls
	max    time.Duration
}

// Add counts n calls that took d each.
func (h *Histogram) Add(d time.Duration, n uint32) {
	count := h.count(bucketOf(d))
	for *count > math.MaxUint32-n {
		h.halve()
		n -= n / 2
	}
	*count += n
	h.total += uint64(n)
	h.sum += d * time.Duration(n)
	h.max = max(h.max, d)
}

// count returns where the calls of a bucket are counted.
func (h *Histogram) count(bucket int) *uint32 {
	place := &h.places[bucket/steps]
	if *place == 0 {
		h.counts = append(h.counts, [steps]uint32{})
		*place = uint8(len(h.counts))
	}
	return &h.counts[*place-1][bucket%steps]
}

// halve halves all counts, but leaves at least one call in a bucket that has any.
func (h *Histogram) halve() {
	h.total, h.sum = 0, h.sum/2
	for o := range h.counts {
		for s, n := range h.counts[o] {
			h.counts[o][s] = n - n/2
			h.total += uint64(n - n/2)
		}
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
	for octave, place := range h.places {
		if place == 0 {
			continue
		}
		for step, n := range h.counts[place-1] {
			seen += uint64(n)
			bucket := octave*steps + step
			if seen > rank && bucket < buckets-1 { // the last bucket has no top
				return min(bucketTop(bucket), h.max)
			}
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
		if place := h.places[octave]; place > 0 {
			for _, n := range h.counts[place-1] {
				o.Count += uint64(n)
			}
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
