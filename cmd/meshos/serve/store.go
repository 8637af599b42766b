package serve

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// A store is the folder of a server, locked.
type store struct {
	dir  string
	lock *os.File
}

// openStore makes the folder, looks whether files can be made in it, and locks it, so that no second server takes the
// same files. The lock goes with the process.
func openStore(dir string) (*store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("--store: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "meshos.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return nil, fmt.Errorf("--store: there is no space left where %s is", dir)
	case err != nil:
		return nil, fmt.Errorf("--store: %s is not writable: %w", dir, err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return nil, fmt.Errorf("--store: %s is in use by another process: give this server a folder of its own", dir)
	}
	return &store{dir, lock}, nil
}

func (s *store) close() { s.lock.Close() }

// free is how many bytes the file system still gives.
func (s *store) free() (int64, error) {
	var at syscall.Statfs_t
	if err := syscall.Statfs(s.dir, &at); err != nil {
		return 0, fmt.Errorf("--store: how much is free where %s is: %w", s.dir, err)
	}
	return int64(at.Bavail) * int64(at.Bsize), nil // 32 bits on s390x
}

// used is how many bytes the files of the store have now.
func (s *store) used() (total int64, err error) {
	err = filepath.WalkDir(s.dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
		return err
	})
	return total, err
}

// free says in words when a port is taken. The server would say it too, but only after it has read its store.
func free(option, at string) error {
	host, port, err := address(option, at)
	if err != nil || port == 0 {
		return err
	}
	at = net.JoinHostPort(host, strconv.Itoa(port))
	l, err := net.Listen("tcp", at)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s: %s is taken by another program: stop it, or give another port (0 takes a free one)", option, at)
	case err != nil:
		return fmt.Errorf("%s: %w", option, err)
	}
	return l.Close()
}
