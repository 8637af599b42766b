package sched

import (
	"runtime"
	"sync"
	"time"
)

// Processors returns the number of processors that Go uses: GOMAXPROCS at the first call.
var Processors = sync.OnceValue(func() int { return runtime.GOMAXPROCS(0) })

// usage is how much the process has used the processors.
type usage struct {
	time      time.Duration
	preempted int64 // how often one of its threads was preempted
}

// contention is how busy the processors are.
type contention uint8

const (
	idle      contention = iota
	contended            // other processes seem to be using the processors too
	full                 // this process uses most of the processors
)

// since returns the contention between two readings.
func (u usage) since(before usage, elapsed time.Duration) contention {
	all := elapsed * time.Duration(Processors())
	switch used := u.time - before.time; {
	case used > all*3/4:
		return full
	case used > all/8 && u.preempted > before.preempted:
		return contended
	}
	return idle
}
