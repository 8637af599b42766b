//go:build unix && !linux

package meshtest

import "syscall"

// attributes: only Linux can end a process with another.
func attributes() *syscall.SysProcAttr { return nil }
