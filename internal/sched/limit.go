package sched

import "go.uber.org/atomic"

// maxWorkers bounds the threads that hung tasks can cost. All pools of the process share
// the bound, because Go ends a process that has more than 10,000 threads. Beyond the bound,
// a task waits until another one returns.
const maxWorkers = 4000

// workers counts the workers of all pools.
var workers atomic.Int64

// workerStarts counts a new worker and returns true, unless there are too many. The first
// worker of a pool may always start, so that hung tasks of one pool can't stop another.
func workerStarts(first bool) bool {
	if workers.Inc() > maxWorkers && !first {
		workers.Dec()
		return false
	}
	return true
}

// workerEnds undoes a workerStarts that returned true.
func workerEnds() { workers.Dec() }
