// Package statefile owns the files in which daemons' states survive their process.
package statefile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// A file is a header and the state:
//
//	offset  length  what
//	0       8       magic
//	8       4       version, as all numbers in little-endian order
//	12      4       0
//	16      8       the daemon's id
//	24      8       length of the state
//	32      32      SHA-256 of the 32 bytes before and of the state
//	64              the state
const (
	magic      = "MESHOS\x00S"
	version    = 1
	headerSize = 64
)

// Store is a folder of state files, one for each daemon.
type Store struct {
	folder string

	mu     sync.Mutex // guards what follows
	locked *os.File   // the folder, while the store has it for itself; nil: it doesn't
}

// Open returns the store in a folder, which it creates if there is none, and checks that
// files can be written there. It removes the unfinished files of processes that were killed.
func Open(folder string) (*Store, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	removeUnfinished(folder)
	probe, err := create(folder, "probe")
	if err != nil {
		return nil, err
	}
	_, err = probe.Write([]byte{0})
	err = errors.Join(err, probe.Sync(), finish(probe, func() error { return os.Remove(probe.Name()) }))
	return &Store{folder: folder}, err
}

// ErrInUse says that another store has the folder, of this process or of another.
var ErrInUse = errors.New("another SDK has it, of this process or another")

// Lock takes the folder for this store alone, until Unlock or the end of the process. Error:
// ErrInUse. Where a file system or machine has no locks for folders, none is taken.
func (s *Store) Lock() error {
	folder, err := os.Open(s.folder)
	if err != nil {
		return nil //nolint:nilerr // one may write to it without being able to read it
	}
	mine, others := lock(folder)
	if !mine {
		_ = folder.Close()
	}
	switch {
	case others:
		return ErrInUse
	case mine:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.locked = folder
	}
	return nil
}

// Unlock gives the folder to others. It does nothing if it isn't locked.
func (s *Store) Unlock() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.locked != nil {
		_ = s.locked.Close()
		s.locked = nil
	}
}

// Invalid is the error for a file that is damaged, or that is none of this daemon's.
type Invalid struct {
	Why   string
	Aside string // where it has been kept
}

func (e *Invalid) Error() string { return e.Why + "; it is kept as " + e.Aside }

func (s *Store) path(id uint64) string {
	return filepath.Join(s.folder, fmt.Sprintf("%016x.state", id))
}

// Has reports whether there is a file of a daemon.
func (s *Store) Has(id uint64) bool {
	_, err := os.Stat(s.path(id))
	return err == nil
}

// Load returns a daemon's state; nil if none was saved. A file that is not valid is moved
// aside, with the error Invalid.
func (s *Store) Load(id uint64) ([]byte, error) {
	text, err := os.ReadFile(s.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	state, why := decode(id, text)
	if why == "" {
		return state, nil
	}
	aside, err := s.moveAside(id)
	if err != nil {
		return nil, fmt.Errorf("%s: %s, and can't be moved aside: %w", s.path(id), why, err)
	}
	return nil, &Invalid{s.path(id) + ": " + why, aside}
}

// moveAside renames a daemon's file, and overwrites none that was kept before.
func (s *Store) moveAside(id uint64) (string, error) {
	for n := 0; ; n++ {
		aside := s.path(id) + ".damaged"
		if n > 0 {
			aside = fmt.Sprintf("%s.%d", aside, n)
		}
		if _, err := os.Lstat(aside); err == nil {
			continue
		}
		return aside, errors.Join(os.Rename(s.path(id), aside), s.syncFolder())
	}
}

// Save replaces a daemon's state. When it returns nil, the state survives a crash of the
// machine; otherwise the one saved before still does.
func (s *Store) Save(id uint64, state []byte) error {
	file, err := create(s.folder, fmt.Sprintf("%016x", id))
	if err != nil {
		return err
	}
	_, err = file.Write(encode(id, state))
	err = errors.Join(err, file.Sync())
	err = finish(file, func() error {
		if err == nil {
			err = os.Rename(file.Name(), s.path(id))
		}
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.syncFolder()
}

func encode(id uint64, state []byte) []byte {
	text := make([]byte, headerSize, headerSize+len(state))
	copy(text, magic)
	binary.LittleEndian.PutUint32(text[8:], version)
	binary.LittleEndian.PutUint64(text[16:], id)
	binary.LittleEndian.PutUint64(text[24:], uint64(len(state)))
	text = append(text, state...)
	copy(text[32:], checksum(text))
	return text
}

func checksum(text []byte) []byte {
	hash := sha256.New()
	hash.Write(text[:32])
	hash.Write(text[headerSize:])
	return hash.Sum(nil)
}

// decode returns the state, or why the file is not valid.
func decode(id uint64, text []byte) (state []byte, why string) {
	switch {
	case len(text) < headerSize || !bytes.HasPrefix(text, []byte(magic)):
		return nil, "it is no state file"
	case binary.LittleEndian.Uint32(text[8:]) != version:
		return nil, fmt.Sprintf("its version is %d, and this library knows only %d", binary.LittleEndian.Uint32(text[8:]), version)
	case binary.LittleEndian.Uint64(text[24:]) != uint64(len(text)-headerSize) || !bytes.Equal(text[32:headerSize], checksum(text)):
		return nil, "it is damaged"
	case binary.LittleEndian.Uint64(text[16:]) != id:
		return nil, fmt.Sprintf("it is the state of the daemon %#016x", binary.LittleEndian.Uint64(text[16:]))
	}
	return text[headerSize:], ""
}
