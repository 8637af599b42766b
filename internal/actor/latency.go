package actor

import (
	"math/bits"
	"time"
)

const (
	latencySteps  = 8  // buckets for each doubling: a quantile is at most 1/8 too high
	latencyOctave = 38 // doublings of 1 ns: up to 4.5 minutes
)

// Latency counts how long calls of Process took.
type Latency struct {
	counts [latencyOctave * latencySteps]uint32
	total  uint64
	max    time.Duration
}

// add notes that n calls took d each.
func (l *Latency) add(d time.Duration, n uint32) {
	l.counts[latencyBucket(d)] += n
	l.total += uint64(n)
	l.max = max(l.max, d)
}

func latencyBucket(d time.Duration) int {
	ns := uint64(max(d, 1))
	octave := bits.Len64(ns) - 1
	step := 0
	if octave >= 3 {
		step = int(ns>>(octave-3)) - latencySteps
	} else {
		step = int(ns<<(3-octave)) - latencySteps
	}
	return min(octave*latencySteps+step, latencyOctave*latencySteps-1)
}

// bucketTop is the longest time that a bucket counts.
func bucketTop(bucket int) time.Duration {
	octave, step := bucket/latencySteps, bucket%latencySteps
	past := uint64(latencySteps+step+1) << octave // in parts of a step, which is less than 1 ns at first
	return time.Duration((past+latencySteps-1)/latencySteps) - 1
}

// quantile is the time within which the share q of the calls ended, from
// above.
func (l *Latency) quantile(q float64) time.Duration {
	rank := uint64(q * float64(l.total))
	var seen uint64
	for bucket, n := range l.counts {
		seen += uint64(n)
		if seen > rank && bucket < len(l.counts)-1 { // the last has no top
			return min(bucketTop(bucket), l.max)
		}
	}
	return l.max
}

// LatencySummary is what is shown of a Latency.
type LatencySummary struct {
	P50, P99, Max time.Duration
}

func (l *Latency) summary() LatencySummary {
	if l == nil || l.total == 0 {
		return LatencySummary{}
	}
	return LatencySummary{l.quantile(0.50), l.quantile(0.99), l.max}
}
