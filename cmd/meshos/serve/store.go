package serve

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// openStore makes the folder, looks whether files can be made in it, and locks it, so that no second server takes the
// same files. The lock goes with the process.
func openStore(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("--store: %w", err)
	}
	name := filepath.Join(dir, "meshos.lock")
	lock, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--store: %s is not writable: %w", dir, err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return nil, fmt.Errorf("--store: %s is in use by another process: give this server a folder of its own", dir)
	}
	return lock, nil
}

// free says in words when a port is taken. The server would say it too, but only after it has read its store.
func free(host string, port int, option string) error {
	if port < 0 {
		return nil
	}
	at := net.JoinHostPort(host, strconv.Itoa(port))
	l, err := net.Listen("tcp", at)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s: %s is taken by another program: stop it, or give another port (0 takes a free one)", option, at)
	case err != nil:
		return fmt.Errorf("%s: %w", option, err)
	}
	return l.Close()
}
