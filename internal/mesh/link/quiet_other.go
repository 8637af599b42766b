//go:build mesh && !linux

package link

import "syscall"

const sendsQuietly = false

func sendQuietly(uintptr, []byte) (int, error) { return 0, syscall.EINVAL }
