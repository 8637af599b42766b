//go:build unix

package statefile

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const writes = "MESHOS_TEST_WRITES"

// TestMain lets the test's own program be the process that is killed: it writes an
// unfinished file, says so, and saves without an end.
func TestMain(m *testing.M) {
	folder := os.Getenv(writes)
	if folder == "" {
		os.Exit(m.Run())
	}
	s, err := Open(folder)
	if err != nil {
		panic(err)
	}
	file, err := create(folder, "0000000000000001")
	if err != nil {
		panic(err)
	}
	fmt.Println(filepath.Base(file.Name()))
	for ; ; runtime.KeepAlive(file) {
		if err := s.Save(2, bytes.Repeat([]byte("x"), 1<<20)); err != nil {
			panic(err)
		}
	}
}

// writer starts such a process, and returns its unfinished file's name.
func writer(t *testing.T, folder string) (*exec.Cmd, string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program)
	c.Env = append(os.Environ(), writes+"="+folder)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = c.Process.Kill(), c.Wait() })
	name, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return c, strings.TrimSpace(name)
}

// The unfinished files of a process that was killed go at the next Open, and those of one
// that lives stay, as does what is no file of a store.
func TestWhatAKilledProcessLeavesIsRemoved(t *testing.T) {
	folder := t.TempDir()
	others := []string{"0000000000000001-9.tmp.bak", "my-1.tmp", "notes.txt"}
	for _, name := range others {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "0000000000000001-8.tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	killed, left := writer(t, folder)
	_, kept := writer(t, folder)
	s, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if all := names(t, s); !slices.Contains(all, left) || !slices.Contains(all, kept) {
		t.Fatalf("both live, but there are only %v", all)
	}
	_, _ = killed.Process.Kill(), killed.Wait()
	if all := names(t, s); !slices.Contains(all, left) {
		t.Fatalf("nothing is left behind: %v", all)
	}
	if _, err := Open(folder); err != nil {
		t.Fatal(err)
	}
	all := names(t, s)
	if slices.Contains(all, left) || !slices.Contains(all, kept) {
		t.Errorf("left are %v, want %s and not %s", all, kept, left)
	}
	for _, name := range append(others, "0000000000000001-8.tmp") {
		if !slices.Contains(all, name) {
			t.Errorf("%s is gone", name)
		}
	}
	if state, err := s.Load(2); err != nil || state != nil && len(state) != 1<<20 {
		t.Errorf("the state has %d bytes, %v", len(state), err)
	}
}

// Stores that are opened all the time take nothing from one that saves.
func TestOpeningDisturbsNoSave(t *testing.T) {
	s := open(t)
	saved := make(chan error, 1)
	go func() {
		var err error
		for range 200 {
			if err = s.Save(7, []byte("state")); err != nil {
				break
			}
		}
		saved <- err
	}()
	for {
		select {
		case err := <-saved:
			if err != nil {
				t.Error(err)
			}
			if all := names(t, s); len(all) != 1 {
				t.Errorf("left are %v", all)
			}
			return
		default:
			if _, err := Open(s.folder); err != nil {
				t.Fatal(err)
			}
		}
	}
}
