// Package meshtest starts real servers for tests. NET_MESHOS_SERVER_PROGRAM names the program: build/meshos (the
// default, if it is there), or a nats-server. Without one, tests are skipped with that reason, or fail where
// CI=true.
package meshtest

import "testing"

// Options of a server. The zero value: a free port, a new store, not synced.
type Options struct {
	Sync   string // "always" or a duration; empty: "2m", the server's own default
	Listen string // empty: 127.0.0.1 and a free port
	Store  string // empty: t.TempDir()
	// Config is added to the configuration of a nats-server; tests that need it are skipped with another program.
	Config string
}

// Server is a server that runs, or was killed.
type Server struct {
	URL     string // nats://HOST:PORT; the same after Restart
	Store   string
	Program string
}

// Start starts a server, which is ready when it returns and ends with the test.
func Start(t testing.TB, o Options) *Server { return nil }

// Kill ends the server with SIGKILL and waits for that.
func (s *Server) Kill(t testing.TB) {}

// Stop ends the server with SIGTERM and waits for that.
func (s *Server) Stop(t testing.TB) {}

// Restart starts it again after Kill or Stop, on the same port and store, and waits until it is ready.
func (s *Server) Restart(t testing.TB) {}

// Pause stops the process with SIGSTOP, Resume lets it go on.
func (s *Server) Pause(t testing.TB)  {}
func (s *Server) Resume(t testing.TB) {}
