//go:build mesh

package link

import "syscall"

const sendsQuietly = true

// sendQuietly writes to a socket without waiting, and without a signal if nobody reads any more.
func sendQuietly(fd uintptr, data []byte) (int, error) {
	return syscall.SendmsgN(int(fd), data, nil, nil, syscall.MSG_NOSIGNAL|syscall.MSG_DONTWAIT)
}
