package host

import "time"

// usage is what a process has had of the processors.
type usage struct {
	time      time.Duration
	preempted int64 // so often a thread had to make room that would have gone on
}

// busy reports whether the process had all that it could since before: most of
// the processors' time, or part of it while others wanted it too.
func (u usage) busy(before usage, elapsed time.Duration) bool {
	used := u.time - before.time
	return used > elapsed*time.Duration(Processors())*3/4 || used > elapsed/4 && u.preempted > before.preempted
}
