//go:build mesh && unix

package directory

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/mesh/directory/queue"
	"netmeshos/internal/mesh/link"
)

// A process of its own can be stopped and killed. It is this test program again, with the server's URL
// in a variable.
const processVariable = "NET_MESHOS_TEST_NODE"

func TestMain(m *testing.M) {
	if url := os.Getenv(processVariable); url != "" {
		processMain(url)
	}
	os.Exit(m.Run())
}

// processMain is node 1 with daemon 42. It writes what its listener is told, and whether it holds its lease
// right after it was stopped.
func processMain(url string) {
	fail := func(err error) { fmt.Println("failed", err); os.Exit(1) }
	ctx := context.Background()
	l, f := link.Open(ctx, link.Options{Names: link.Names{Name: "t", Streams: 1}, Servers: []string{url}, Lease: testLease, RequestTimeout: patience})
	if f != nil {
		fail(f)
	}
	d, f := Open(ctx, Options{Link: l, Node: 1, Lease: testLease, Beat: 200 * time.Millisecond, Listener: writer{}})
	if f != nil {
		fail(f)
	}
	if err := d.Register(ctx, 42, "counter", false); err != nil {
		fail(err)
	}
	for last := clock.Now(); ; time.Sleep(time.Millisecond) {
		epoch, held := d.Held() // before it is known how long it was stopped
		if now := clock.Now(); now > last+testLease*4/5 {
			fmt.Println("stopped", epoch, held)
		}
		last = clock.Now()
	}
}

type writer struct{}

func (writer) LeaseChanged(held bool, epoch uint64) { fmt.Println("lease", epoch, held) }
func (writer) StandingChanged(_ uint64, s queue.Standing) {
	fmt.Println("turn", s.Turn)
}

// process is a node in a process of its own.
type process struct {
	t       testing.TB
	command *exec.Cmd
	lines   chan string
}

func (f fast) process(t testing.TB) *process {
	t.Helper()
	p := &process{t, exec.Command(os.Args[0]), make(chan string, 100)}
	p.command.Env = append(os.Environ(), processVariable+"="+f.urls[0])
	out, err := p.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.command.Stderr = os.Stderr
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() { // until the process ends
		defer close(read)
		for s := bufio.NewScanner(out); s.Scan(); {
			p.lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		_ = p.command.Process.Kill()
		<-read
		_ = p.command.Wait()
	})
	return p
}

// says waits for a line, and returns those before it.
func (p *process) says(line string) (before []string) {
	p.t.Helper()
	limit := time.After(patience)
	for {
		select {
		case said := <-p.lines:
			if said == line {
				return before
			}
			before = append(before, said)
		case <-limit:
			p.t.Fatalf("the process says %q, and not %q", before, line)
		}
	}
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.command.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

func TestANodeThatIsStoppedForLongerThanItsLeaseSeesItAtOnce(t *testing.T) {
	t.Parallel()
	f, _ := begin(t)
	a := f.process(t)
	a.says("turn true")
	b := f.node(t, 2)
	b.register(t, 42)
	if b.turn(42) {
		t.Fatal("b has the turn of a node that lives")
	}
	a.signal(syscall.SIGSTOP)
	t.Logf("b had its turn %v after the other was stopped", until(t, "b's turn", func() bool { return b.turn(42) }))
	a.signal(syscall.SIGCONT)
	// Another goroutine may be first to see it, but none sees the lease held.
	lines := a.says("lease 2 true")
	for _, line := range lines {
		if line == "stopped 1 true" {
			t.Error("it believed that it held its lease")
		}
	}
	if !slices.Contains(lines, "turn false") {
		a.says("turn false")
	}
	until(t, "it stands by", func() bool { s, _ := b.Standing(42); return s.Turn && len(s.Standbys) == 1 })
}

func TestTheTurnOfANodeThatIsKilledGoesOn(t *testing.T) {
	t.Parallel()
	f, _ := begin(t)
	b := f.node(t, 2)
	for range 3 {
		a := f.process(t)
		a.says("turn true")
		b.sees(t, 1)
		b.register(t, 42)
		a.signal(syscall.SIGKILL)
		until(t, "b's turn", func() bool { return b.turn(42) })
		b.Unregister(42)
	}
}
