package actor

import (
	"sync"
	"time"
)

// FailuresKept is how many failures an SDK remembers.
const FailuresKept = 256

// Failure is one event that a daemon could not process.
type Failure struct {
	Time     time.Time
	DaemonID uint64
	Origin   uint64 // of the event
	Sequence uint64
	Status   int32 // what process returned, or what stands for it
}

// Failures is the ring of the failures of one SDK.
type Failures struct {
	mu    sync.Mutex // guards what follows
	ring  []Failure
	total uint64
}

// Add notes a failure.
func (f *Failures) Add(one Failure) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.ring) < FailuresKept {
		f.ring = append(f.ring, one)
	} else {
		f.ring[f.total%FailuresKept] = one
	}
	f.total++
}

// Total is the number of failures ever noted.
func (f *Failures) Total() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.total
}

// Recent returns the failures that are kept, oldest first.
func (f *Failures) Recent() []Failure {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := 0
	if len(f.ring) == FailuresKept {
		at = int(f.total % FailuresKept)
	}
	recent := make([]Failure, 0, len(f.ring))
	return append(append(recent, f.ring[at:]...), f.ring[:at]...)
}
