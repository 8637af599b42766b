package actor

import "time"

// usage is what a process has had of the processors.
type usage struct {
	time      time.Duration
	preempted int64 // so often a thread had to make room that would have gone on
}

// contention is how hard it is to come by a processor.
type contention uint8

const (
	idle      contention = iota
	contended            // others want the processors too, or it looks so
	full                 // the process has most of them
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
