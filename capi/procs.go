package main

// #include "start.h"
// #include "threads.h"
import "C"

import (
	"os"
	"runtime"
	"sync/atomic" // on a variable of C
	"time"
	"unsafe"

	"netmeshos/capi/stack"
	"netmeshos/internal/sched"
)

// spareProcs are Ps beyond one for each processor. With two on two processors, a
// call of the host's had to wait until the kernel ran a thread again that it had
// stopped while it held a P: under full load a control event was 20 ms late for
// one in a hundred; with two more it is 4 ms.
const spareProcs = 2

func init() {
	takeDescriptors()
	sched.ThreadsFor = threadsFor
	if os.Getenv("GOMAXPROCS") != "" {
		return // there are no threads for more, or somebody knows better
	}
	sched.Processors() // how many there are, before it is hidden
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + spareProcs)
}

// takeDescriptors has Go open what it waits with while the start still keeps the
// places for them. It does so at the first timer that starts, as one with a function
// does at once, and one with a channel only when somebody waits for it.
func takeDescriptors() {
	C.start_release_descriptors()
	time.AfterFunc(time.Hour, func() {}).Stop()
}

// threadsFor implements sched.ThreadsFor.
func threadsFor(workers int64) bool {
	made := atomic.LoadInt32((*int32)(unsafe.Pointer(&C.threads_for_workers_made)))
	return int64(made) >= workers || bool(C.threads_for_workers(C.int64_t(workers)))
}

//export goPrepareThread
func goPrepareThread() {
	var f failure
	defer guard(&f)
	stack.Grow()
}
