package config

import (
	"errors"
	"io"
	"os"
)

// mostFileBytes bounds what is read of a file. All keys together take a thousandth of it.
const mostFileBytes = 1 << 20

// errNoFile says that a path leads to something that isn't a file, and might never end.
var errNoFile = errors.New("it is a folder, a pipe or a device, and no regular file")

// readFile reads a regular file. Anything else is refused at once: to open a pipe would wait
// for who writes to it.
func readFile(path string) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|openAtOnce, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // nothing was written that an error could lose
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &os.PathError{Op: "read", Path: path, Err: errNoFile}
	}
	text, err := io.ReadAll(io.LimitReader(file, mostFileBytes+1))
	if err == nil && len(text) > mostFileBytes {
		err = errors.New("it has more than 1 MiB")
	}
	return text, err
}
