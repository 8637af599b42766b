package main

// #include "resources.h"
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

func init() {
	takeDescriptors()
	sched.ThreadsFor = threadsFor
	if os.Getenv("GOMAXPROCS") != "" {
		return // there are no threads for more, or somebody knows better
	}
	sched.Processors() // how many there are, before it is hidden
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + C.SPARE_PROCESSORS)
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
