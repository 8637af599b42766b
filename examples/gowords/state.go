package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// state is what goes from one start to the next.
type state struct {
	position
	counts []byte // the counter's own
}

// header is the first line of a state file. The counter's state is the rest.
const header = "gowords state: %d lines, %d bytes\n"

// load reads a state file. Without a file there is nothing to go on from.
func load(path string) (state, error) {
	if path == "" {
		return state{}, nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return state{}, nil
	}
	if err != nil {
		return state{}, err
	}
	first, rest, found := bytes.Cut(text, []byte("\n"))
	var s state
	n, err := fmt.Sscanf(string(first)+"\n", header, &s.lines, &s.bytes)
	if n != 2 || err != nil || !found || s.lines < 0 || s.bytes < 0 {
		return state{}, fmt.Errorf("%s is no state of gowords: remove it, or name another file", path)
	}
	s.counts = rest
	return s, nil
}

// goOnIn moves to where counting has stopped.
func (s state) goOnIn(text *os.File) error {
	info, err := text.Stat()
	if err != nil {
		return err
	}
	if s.bytes == 0 {
		return nil // a pipe can be counted too
	}
	if info.Size() < s.bytes {
		return fmt.Errorf("%s has %d bytes, but %d of the text have been counted: it is another text", text.Name(), info.Size(), s.bytes)
	}
	_, err = text.Seek(s.bytes, io.SeekStart)
	return err
}

// save writes a state file. A crash leaves the old one or the new one.
func save(path string, s state) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // does nothing once it has its name
	_, err = fmt.Fprintf(f, header, s.lines, s.bytes)
	if err == nil {
		_, err = f.Write(s.counts)
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// hasPlace tells whether a state can be saved there: better known before the
// counting than after.
func hasPlace(path string) error {
	if path == "" {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// notItself refuses to print into the text that is counted.
func notItself(text *os.File, out io.Writer) error {
	file, ok := out.(*os.File)
	if !ok {
		return nil
	}
	a, err := text.Stat()
	if err != nil {
		return err
	}
	b, err := file.Stat()
	if err != nil {
		return err
	}
	if a.Mode().IsRegular() && os.SameFile(a, b) {
		return fmt.Errorf("%s is the output too: nothing is counted", text.Name())
	}
	return nil
}

// remove removes a state file, if there is one.
func remove(path string) error {
	if path == "" {
		return nil
	}
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
