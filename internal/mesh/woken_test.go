//go:build mesh && unix

package mesh_test

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"netmeshos/internal/mesh/meshtest"
)

// An old run of a node that wakes up after another has taken its place changes nothing for who runs its daemons.
func TestAnOldRunOfANodeThatWakesUp(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	other := start(t, s, 1)
	old := exec.Command(os.Args[0])
	old.Env = append(os.Environ(), nodeVariable+"="+s.URL, idVariable+"=2")
	old.Stderr = os.Stderr
	out, err := old.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(old) })
	said := make(chan string, 1000)
	go func() { // ends with the process
		defer close(said)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			said <- lines.Text()
		}
	}()
	says := func(what string) {
		t.Helper()
		for over := time.After(limit); ; {
			select {
			case line, open := <-said:
				if !open {
					t.Fatalf("it ends before it says %q", what)
				}
				if strings.HasPrefix(line, what) {
					return
				}
			case <-over:
				t.Fatalf("it doesn't say %q", what)
			}
		}
	}
	says("ready")
	if err := old.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	var state syscall.WaitStatus
	if _, err := syscall.Wait4(old.Process.Pid, &state, syscall.WUNTRACED, nil); err != nil || !state.Stopped() {
		t.Fatalf("it isn't stopped: %v, %v", state, err)
	}
	now, d := start(t, s, 2), new(counter)
	id := register(t, now, 1, d).ID()
	deliver := func(from, to int) {
		t.Helper()
		for i := from; i <= to; i++ {
			if err := other.Deliver(id, events(i, 1)[0], nil); err != nil {
				text, _ := now.DaemonJSON(id)
				t.Fatalf("deliver %d: %v; it is shown as %s, and its log has %s", i, err, text, now.LogsJSON(0, 100))
			}
		}
	}
	deliver(1, 10)
	if err := old.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	says("Another live node has the id")
	deliver(11, 200)
	if d.counted() != 200 || lifecycle(t, now, id) != "running" {
		t.Errorf("it has counted to %d and is %s", d.counted(), lifecycle(t, now, id))
	}
	// When the node that took its place ends, the old one takes the daemon over.
	if err := now.Shutdown(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the old run has the daemon", func() bool { return other.Deliver(id, events(201, 1)[0], nil) == nil })
}
