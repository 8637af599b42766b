package host

import "go.uber.org/atomic"

// mostWorkers bounds the threads that hung callbacks can cost, over all pools of
// the process: the border has no more than 4,096 buffers for what callbacks emit,
// and Go ends a process with more than 10,000 threads. Beyond it hosts wait until
// a callback returns.
const mostWorkers = 4000

// ThreadsFor makes sure that there are threads for so many workers, each of which
// may be in a callback that blocks, and reports whether there are. nil: the runtime
// makes them when it needs them. It is set before the first pool is made.
var ThreadsFor func(workers int64) bool

// workers is how many there are in all pools.
var workers atomic.Int64

// mayWork counts one more worker, unless there are too many or there is no thread
// for it. The first of a pool always may work: the hung callbacks of one SDK must
// not stop another.
func mayWork(first bool) bool {
	n := workers.Inc()
	if !first && (n > mostWorkers || ThreadsFor != nil && !ThreadsFor(n)) {
		workers.Dec()
		return false
	}
	return true
}

// goneHome takes back a mayWork that returned true.
func goneHome() { workers.Dec() }
