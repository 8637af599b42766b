package statefile

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
)

// A file is written under another name first. Whoever writes it holds a lock on it, which
// ends with the process, so that others can tell what a process that was killed has left
// from what one is writing: the folder isn't locked where a file system has no locks for
// folders, nor by nodes of a mesh with durable events, which write no states to it.

// unfinished matches the names that create gives.
var unfinished = regexp.MustCompile(`^([0-9a-f]{16}|probe)-[0-9]+\.tmp$`)

// create creates a file to write to, which is locked until it is closed.
func create(folder, prefix string) (*os.File, error) {
	for {
		file, err := os.CreateTemp(folder, prefix+"-*.tmp")
		if err != nil {
			return nil, err
		}
		if mine, others := lock(file); !others && (!mine || isNamed(file)) {
			return file, nil
		}
		_ = file.Close() // somebody took it for left behind before it was locked, and removes it
	}
}

// finish closes a file that was written, and does with its name what there is to do: before
// the lock ends, where the name of an open file can change.
func finish(file *os.File, rename func() error) error {
	if namesOpenFiles {
		return errors.Join(rename(), file.Close())
	}
	closed := file.Close()
	return errors.Join(closed, rename())
}

// isNamed reports whether the file is still the one with its name.
func isNamed(file *os.File) bool {
	ours, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(file.Name())
	return err == nil && os.SameFile(ours, there)
}

// removeUnfinished removes the files that nobody writes any more. What can't be removed
// stays, and harms nobody.
func removeUnfinished(folder string) {
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		if e.Type().IsRegular() && unfinished.MatchString(e.Name()) {
			removeIfLeft(filepath.Join(folder, e.Name()))
		}
	}
}

func removeIfLeft(path string) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return
	}
	if mine, _ := lock(file); mine && isNamed(file) {
		_ = os.Remove(path)
	}
	_ = file.Close()
}
