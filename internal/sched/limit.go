package sched

import "go.uber.org/atomic"

// maxWorkers bounds the threads that hung tasks can cost. It is one bound for all
// pools of the process, as threads are the process's: Go ends a process that has
// more than 10,000 of them. Beyond the bound tasks wait until another returns.
const maxWorkers = 4000

// ThreadsFor makes sure that there are threads for so many workers, each of which may
// be in a task that blocks, and reports whether there are. nil: Go makes threads when it
// needs them. It is set before the first pool is made.
var ThreadsFor func(workers int64) bool

// workers is the number of workers in all pools.
var workers atomic.Int64

// workerStarts counts one more worker, unless there are too many or there is no thread
// for it. The first one of a pool may always start: hung tasks of one pool must not stop
// another.
func workerStarts(first bool) bool {
	n := workers.Inc()
	if !first && (n > maxWorkers || ThreadsFor != nil && !ThreadsFor(n)) {
		workers.Dec()
		return false
	}
	return true
}

// workerEnds takes back a workerStarts that returned true.
func workerEnds() { workers.Dec() }
