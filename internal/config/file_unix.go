//go:build unix

package config

import "syscall"

// openAtOnce has a pipe opened without waiting for who writes to it.
const openAtOnce = syscall.O_NONBLOCK
