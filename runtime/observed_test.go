package meshos_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"netmeshos/internal/life"
	meshos "netmeshos/runtime"
)

// seen is what has happened to an SDK and its daemons.
type seen struct {
	sdk *meshos.SDK

	mu    sync.Mutex // guards what follows
	all   []life.Event
	waits map[life.Event]chan struct{}
}

// observe is start of an SDK that is observed.
func observe(t *testing.T, config meshos.Config) (*meshos.SDK, *seen) {
	t.Helper()
	s := &seen{waits: make(map[life.Event]chan struct{})}
	sdk, err := meshos.StartObserved(config, func(e life.Event) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all = append(s.all, e)
		if wait := s.waits[e]; wait != nil {
			close(wait)
			delete(s.waits, e)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sdk.Shutdown() })
	s.sdk = sdk
	return sdk, s
}

// when returns a channel that is closed when an event happens from now on.
func (s *seen) when(e life.Event) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waits[e] = make(chan struct{})
	return s.waits[e]
}

// happened are the events of one type.
func happened[E life.Event](s *seen) (all []E) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.all {
		if e, ok := e.(E); ok {
			all = append(all, e)
		}
	}
	return all
}

// to is what has happened to a daemon since it was registered, or to the node where h is
// nil.
func (s *seen) to(h *meshos.Handle) []life.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.all), func(e life.Event) bool {
		_, registered := e.(life.Registered)
		return registered || e.Of() != idOf(h)
	})
}

func idOf(h *meshos.Handle) uint64 {
	if h == nil {
		return 0
	}
	return h.ID()
}

// daemonOf is the part that a daemon's events have in common.
func daemonOf(h *meshos.Handle) life.Daemon { return life.Daemon{ID: h.ID()} }

// expect fails the test unless just this has happened, in this order, and the log has the
// lines of it and no others.
func (s *seen) expect(t *testing.T, h *meshos.Handle, want ...life.Event) {
	t.Helper()
	if got := s.to(h); !slices.Equal(got, want) {
		t.Errorf("happened:\n%s\nwant:\n%s", listed(got), listed(want))
	}
	s.logShows(t, h, want)
}

// logShows fails the test unless the log has the lines of these events and no others
// about a daemon, or about the node where h is nil.
func (s *seen) logShows(t *testing.T, h *meshos.Handle, events []life.Event) {
	t.Helper()
	var want, got []string
	for _, e := range events {
		if level, text := e.Line(); text != "" {
			want = append(want, fmt.Sprint(level, ": ", text))
		}
	}
	for _, r := range s.sdk.Logs(0, 0) {
		if r.DaemonID == idOf(h) {
			got = append(got, fmt.Sprint(r.Level, ": ", r.Message))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the log says:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func listed(all []life.Event) string {
	lines := make([]string, len(all))
	for i, e := range all {
		lines[i] = fmt.Sprintf("%T%+v", e, e)
	}
	return strings.Join(lines, "\n")
}

// linesOf is how many records have an event's line, perhaps with a note behind it.
func linesOf(sdk *meshos.SDK, e life.Event) (n int) {
	level, text := e.Line()
	for _, r := range sdk.Logs(0, 0) {
		if r.Level == level && r.DaemonID == e.Of() && strings.HasPrefix(r.Message, text) {
			n++
		}
	}
	return n
}

// methodsFailed fails the test unless these are the failures of a daemon's methods.
func (s *seen) methodsFailed(t *testing.T, h *meshos.Handle, want ...[2]string) {
	t.Helper()
	var got [][2]string
	for _, c := range happened[life.CallbackFailed](s) {
		if c.Daemon != daemonOf(h) {
			t.Errorf("%+v is of another daemon", c)
		}
		got = append(got, [2]string{c.Method, c.Err.Error()})
	}
	if !slices.Equal(got, want) {
		t.Errorf("methods failed: %q, want %q", got, want)
	}
}
