//go:build unix

// Package meshtest starts real servers for tests. NET_MESHOS_SERVER_PROGRAM names the program: a meshos or a
// nats-server; without it build/meshos is taken if it is there. What only a nats-server can do (a configuration of
// its own, a cluster) runs with the program of NET_MESHOS_NATS_SERVER, or that of scripts/nats-server.sh if it is
// there. Without a program, tests are skipped with that reason, or fail where CI=true.
package meshtest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Options of a server. The zero value: a free port, a new store, not synced.
type Options struct {
	Sync   string // "always" or a duration; empty: "2m", the server's own default
	Listen string // HOST:PORT; empty: 127.0.0.1 and a free port
	Store  string // empty: t.TempDir()
	// Config is added to the configuration of a nats-server, which then is the program. With "jetstream" in it,
	// it has to say where the store is.
	Config string
	// Arguments are added to those of meshos up; the test is skipped with another program.
	Arguments []string
}

// Server is a server that runs, or was killed. Its methods are called from one goroutine at a time.
type Server struct {
	URL     string // nats://HOST:PORT; the same after Restart
	Store   string
	Program string

	options Options
	process *exec.Cmd
	ended   chan struct{} // closed when the process has ended
	output  *output
}

// deadline is for what takes well under a second on an idle machine.
const deadline = 60 * time.Second

// Program finds the server's program, or skips the test, or fails it where CI=true.
func Program(t testing.TB) string {
	t.Helper()
	return find(t, "NET_MESHOS_SERVER_PROGRAM", "meshos", "make builds build/meshos")
}

// NATSServer finds a nats-server, or skips the test, or fails it where CI=true.
func NATSServer(t testing.TB) string {
	t.Helper()
	if program := os.Getenv("NET_MESHOS_SERVER_PROGRAM"); program != "" && isNATSServer(program) {
		return program
	}
	return find(t, "NET_MESHOS_NATS_SERVER", filepath.Join("tools", "bin", "nats-server"), "scripts/nats-server.sh fetches one")
}

func find(t testing.TB, variable, built, how string) string {
	t.Helper()
	if program := os.Getenv(variable); program != "" {
		return program
	}
	_, file, _, _ := runtime.Caller(0)
	build := os.Getenv("BUILD")
	if build == "" {
		build = "build"
	}
	if !filepath.IsAbs(build) {
		build = filepath.Join(filepath.Dir(file), "..", "..", "..", build)
	}
	program := filepath.Join(build, built)
	if _, err := os.Stat(program); err == nil {
		return program
	}
	why := fmt.Sprintf("no server: %s, or name one with %s", how, variable)
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
	return ""
}

func isNATSServer(program string) bool { return !strings.Contains(filepath.Base(program), "meshos") }

// Start starts a server, which is ready when it returns and ends with the test.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := &Server{options: o, Store: o.Store}
	if o.Config != "" {
		s.Program = NATSServer(t)
	} else {
		s.Program = Program(t)
	}
	if s.Store == "" {
		s.Store = t.TempDir()
	}
	if s.plain() && len(o.Arguments) > 0 {
		t.Skip("this test needs meshos, and the server is a nats-server")
	}
	if s.options.Sync == "" {
		s.options.Sync = "2m"
	}
	if s.options.Listen == "" {
		s.options.Listen = "127.0.0.1:0"
	}
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("the server at %s has said:\n%s", s.URL, s.output)
		}
	})
	s.start(t)
	return s
}

// plain tells whether the program is a nats-server.
func (s *Server) plain() bool { return isNATSServer(s.Program) }

func (s *Server) start(t testing.TB) {
	t.Helper()
	if s.output == nil {
		s.output = &output{}
	}
	ready := make(chan string, 1)
	arguments := append([]string{"up", "--listen", s.options.Listen, "--store", s.Store, "--sync", s.options.Sync}, s.options.Arguments...)
	if s.plain() {
		arguments = []string{"-c", s.configure(t)}
	}
	s.process = exec.Command(s.Program, arguments...)
	s.process.SysProcAttr = attributes()
	out, err := s.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.process.Stderr = s.process.Stdout
	// Its parent must be a thread that stays, or the kernel takes it for dead.
	begun := make(chan error, 1)
	ended, process := make(chan struct{}), s.process
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(ended)
		if err := process.Start(); err != nil {
			begun <- err
			return
		}
		begun <- nil
		lines := bufio.NewScanner(out)
		for at := ""; lines.Scan(); {
			s.output.add(lines.Text())
			if found, ok := address(lines.Text()); ok {
				at = found
			}
			if at != "" && strings.Contains(lines.Text(), "ready") {
				select {
				case ready <- at:
				default:
				}
			}
		}
		_ = process.Wait() // it is killed
	}()
	if err := <-begun; err != nil {
		t.Fatalf("%s: %v", s.Program, err)
	}
	s.ended = ended
	select {
	case found := <-ready:
		s.options.Listen = found
		s.URL = "nats://" + found
	case <-ended:
		t.Fatalf("%s has ended:\n%s", s.Program, s.output)
	case <-time.After(deadline):
		t.Fatalf("%s is not ready:\n%s", s.Program, s.output)
	}
}

// address reads the line with which a server says where it is: meshos once it is ready, a nats-server before.
func address(line string) (string, bool) {
	for _, before := range []string{"meshos: ready at nats://", "Listening for client connections on "} {
		if _, after, ok := strings.Cut(line, before); ok {
			word, _, _ := strings.Cut(after, ",")
			return strings.TrimSpace(word), true
		}
	}
	return "", false
}

// configure writes the configuration of a nats-server.
func (s *Server) configure(t testing.TB) string {
	t.Helper()
	js := fmt.Sprintf("jetstream { store_dir: %q, sync_interval: %q }\n", s.Store, s.options.Sync)
	if strings.Contains(s.options.Config, "jetstream") {
		js = ""
	}
	port := s.options.Listen
	if strings.HasSuffix(port, ":0") {
		port = strings.TrimSuffix(port, ":0") + ":-1"
	}
	path := filepath.Join(t.TempDir(), "nats.conf")
	text := fmt.Sprintf("listen: %q\n%s%s\n", port, js, s.options.Config)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Kill ends the server with SIGKILL and waits for that.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	s.kill()
}

func (s *Server) kill() {
	if s.ended != nil {
		_ = s.process.Process.Kill() // fails only if it has ended
		<-s.ended
	}
}

// Stop ends the server with SIGTERM and waits for that.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.Signal(t, syscall.SIGTERM)
	select {
	case <-s.ended:
	case <-time.After(deadline):
		t.Fatalf("%s does not end:\n%s", s.Program, s.output)
	}
}

// Restart starts it again after Kill or Stop, on the same port and store, and waits until it is ready.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.start(t)
}

// Pause stops the process with SIGSTOP: its connections stay, and nothing is answered.
func (s *Server) Pause(t testing.TB) {
	t.Helper()
	s.Signal(t, syscall.SIGSTOP)
	for end := time.Now().Add(deadline); !stopped(s.process.Process.Pid); {
		if time.Now().After(end) {
			t.Fatalf("%s does not stop", s.Program)
		}
		runtime.Gosched()
	}
}

// Resume lets it go on.
func (s *Server) Resume(t testing.TB) {
	t.Helper()
	s.Signal(t, syscall.SIGCONT)
}

// Signal sends the process a signal.
func (s *Server) Signal(t testing.TB, signal syscall.Signal) {
	t.Helper()
	if err := s.process.Process.Signal(signal); err != nil {
		t.Fatalf("%s: %v", s.Program, err)
	}
}

// Output is what it has said so far.
func (s *Server) Output() string { return s.output.String() }

// output is what a process has said; safe from any goroutine.
type output struct {
	mu    sync.Mutex
	lines []string
}

func (o *output) add(line string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lines = append(o.lines, line)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Join(o.lines[max(0, len(o.lines)-100):], "\n")
}
