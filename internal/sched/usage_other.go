//go:build !unix

package sched

// usageNow says that the process uses none: hung tasks are recognised sooner than needed.
func usageNow() usage { return usage{} }
