package sched

import "go.uber.org/atomic"

// maxWorkers bounds the threads that hung tasks can cost. All pools of the process share
// the bound, because Go ends a process that has more than 10,000 threads. Beyond the bound,
// a task waits until another one returns.
const maxWorkers = 4000

// ThreadsFor makes sure that there are threads for this many workers, each of which may be
// in a task that blocks. It reports whether there are. nil: Go makes threads when it needs
// them. It is set before the first pool is made.
var ThreadsFor func(workers int64) bool

// workers counts the workers of all pools.
var workers atomic.Int64

// workerStarts counts a new worker and returns true, unless there are too many or there is
// no thread for it. The first worker of a pool may always start, so that hung tasks of one
// pool can't stop another.
func workerStarts(first bool) bool {
	n := workers.Inc()
	if !first && (n > maxWorkers || ThreadsFor != nil && !ThreadsFor(n)) {
		workers.Dec()
		return false
	}
	return true
}

// workerEnds undoes a workerStarts that returned true.
func workerEnds() { workers.Dec() }
