package sched

import (
	"runtime"
	"sync"
	"time"
)

// Processors is the number of processors that Go uses, as GOMAXPROCS says when it
// is first asked.
var Processors = sync.OnceValue(func() int { return runtime.GOMAXPROCS(0) })

// usage is what the process has used of the processors.
type usage struct {
	time      time.Duration
	preempted int64 // how often a thread of it was preempted
}

// contention is how hard it is to get a processor.
type contention uint8

const (
	idle      contention = iota
	contended            // others want the processors too, or so it looks
	full                 // the process uses most of them
)

// since says how it has been since before.
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
