//go:build unix && !linux

package meshtest

import "syscall"

// attributes: only Linux can end a process with another.
func attributes() *syscall.SysProcAttr { return nil }

// stopped: only Linux shows it. The others stop a process at once.
func stopped(int) bool { return true }
