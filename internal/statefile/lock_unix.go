//go:build unix && !solaris && !illumos && !aix

package statefile

import (
	"os"
	"syscall"
)

// lock locks a file. If it is neither mine nor others', the file system has no locks.
func lock(file *os.File) (mine, others bool) {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err != syscall.EINTR {
			return err == nil, err == syscall.EWOULDBLOCK
		}
	}
}

// namesOpenFiles: a file may be renamed and removed while it is open.
const namesOpenFiles = true
