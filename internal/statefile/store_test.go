package statefile

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "new", "folder"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func names(t *testing.T, s *Store) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestAStateComesBack(t *testing.T) {
	s := open(t)
	if state, err := s.Load(7); state != nil || err != nil {
		t.Errorf("none was saved: %q, %v", state, err)
	}
	for _, want := range [][]byte{[]byte("one"), {}, bytes.Repeat([]byte{0, 0xff}, 1<<20), []byte("last")} {
		if err := s.Save(7, want); err != nil {
			t.Fatal(err)
		}
		got, err := s.Load(7)
		if err != nil || got == nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
	if state, err := s.Load(8); state != nil || err != nil {
		t.Errorf("another daemon's: %q, %v", state, err)
	}
	if n := names(t, s); len(n) != 1 {
		t.Errorf("the folder has %v", n)
	}
}

// Every change of a byte, every missing or further byte, and another daemon's file are
// found. The file is kept aside, and the next start finds none.
func TestDamageIsFound(t *testing.T) {
	s := open(t)
	good := encode(7, []byte("state"))
	bad := [][]byte{{}, []byte("text"), encode(8, []byte("state")), append(bytes.Clone(good), 0)}
	for i := range good {
		changed := bytes.Clone(good)
		changed[i] ^= 1
		bad = append(bad, changed, good[:i])
	}
	for i, text := range bad {
		if err := os.WriteFile(s.path(7), text, 0o600); err != nil {
			t.Fatal(err)
		}
		state, err := s.Load(7)
		var invalid *Invalid
		if !errors.As(err, &invalid) || state != nil {
			t.Fatalf("%d: %q, %v", i, state, err)
		}
		if kept, err := os.ReadFile(invalid.Aside); err != nil || !bytes.Equal(kept, text) {
			t.Fatalf("%d: kept aside are %d bytes, %v", i, len(kept), err)
		}
		if state, err := s.Load(7); state != nil || err != nil {
			t.Fatalf("%d: afterwards %q, %v", i, state, err)
		}
	}
	if n := names(t, s); len(n) != len(bad) {
		t.Errorf("%d files kept of %d", len(n), len(bad))
	}
}

// A state that can't be written leaves the one before.
func TestAFailedSaveKeepsTheOldState(t *testing.T) {
	s := open(t)
	if err := s.Save(7, []byte("old")); err != nil {
		t.Fatal(err)
	}
	target := s.path(7)
	if err := os.Rename(target, target+".old"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(target, 0o700); err != nil { // a file can't replace it
		t.Fatal(err)
	}
	if err := s.Save(7, []byte("new")); err == nil {
		t.Error("saved over a folder")
	}
	if n := names(t, s); len(n) != 2 {
		t.Errorf("the folder has %v", n)
	}
}

func TestAFolderThatCantBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{file, filepath.Join(file, "below"), "/proc/nothing"} {
		if _, err := Open(folder); err == nil {
			t.Errorf("%s can be used", folder)
		}
	}
}
