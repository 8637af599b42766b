//go:build unix

package sched

import (
	"syscall"
	"time"
)

// usageNow returns what the process has used so far.
func usageNow() usage {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return usage{}
	}
	return usage{time.Duration(r.Utime.Nano() + r.Stime.Nano()), int64(r.Nivcsw)}
}
