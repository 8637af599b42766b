package sched

import "go.uber.org/atomic"

// maxWorkers bounds the threads that hung tasks can cost. It is one bound for all
// pools of the process, as threads are the process's: Go ends a process that has
// more than 10,000 of them. Beyond the bound tasks wait until another returns.
const maxWorkers = 4000

// workers is the number of workers in all pools.
var workers atomic.Int64

// workerStarts counts one more worker, unless there are too many. The first one of
// a pool may always start: hung tasks of one pool must not stop another.
func workerStarts(first bool) bool {
	if workers.Inc() > maxWorkers && !first {
		workers.Dec()
		return false
	}
	return true
}

// workerEnds takes back a workerStarts that returned true.
func workerEnds() { workers.Dec() }
