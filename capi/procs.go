package main

import (
	"os"
	"runtime"

	"netmeshos/internal/sched"
)

// spareProcs are Ps beyond one for each processor. With two on two processors, a
// call of the host's had to wait until the kernel ran a thread again that it had
// stopped while it held a P: under full load a control event was 20 ms late for
// one in a hundred; with two more it is 4 ms.
const spareProcs = 2

func init() {
	if os.Getenv("GOMAXPROCS") != "" {
		return // set on purpose
	}
	sched.Processors() // how many there are, before it is hidden
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + spareProcs)
}
