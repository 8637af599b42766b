package actor

import "go.uber.org/atomic"

// mostWorkers bounds the threads that hung callbacks can cost, over all pools of
// the process: the border has no more than 4,096 buffers for what callbacks emit,
// and Go ends a process with more than 10,000 threads. Beyond it hosts wait until
// a callback returns.
const mostWorkers = 4000

// workers is how many there are in all pools.
var workers atomic.Int64

// mayWork counts one more worker, unless there are too many. The first of a pool
// always may work: the hung callbacks of one SDK must not stop another.
func mayWork(first bool) bool {
	if workers.Inc() > mostWorkers && !first {
		workers.Dec()
		return false
	}
	return true
}

// goneHome takes back a mayWork that returned true.
func goneHome() { workers.Dec() }
