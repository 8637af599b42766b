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

// observed records the life events of an SDK and its daemons.
type observed struct {
	sdk *meshos.SDK

	mu      sync.Mutex // guards what follows
	all     []life.Event
	awaited map[life.Event]chan struct{}
}

// observe is start with a record of the life events.
func observe(t *testing.T, config meshos.Config) (*meshos.SDK, *observed) {
	t.Helper()
	o := &observed{awaited: make(map[life.Event]chan struct{})}
	sdk, err := meshos.StartObserved(config, o.hook)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sdk.Shutdown() })
	o.sdk = sdk
	return sdk, o
}

func (o *observed) hook(e life.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, e)
	if happened := o.awaited[e]; happened != nil {
		close(happened)
		delete(o.awaited, e)
	}
}

// await returns a channel that is closed when the event next happens.
func (o *observed) await(e life.Event) <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.awaited[e] = make(chan struct{})
	return o.awaited[e]
}

// happened returns the events of one type.
func happened[E life.Event](o *observed) (all []E) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.all {
		if e, ok := e.(E); ok {
			all = append(all, e)
		}
	}
	return all
}

// of returns the events of a daemon after its registration, or of the node if h is nil.
func (o *observed) of(h *meshos.Handle) []life.Event {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(o.all), func(e life.Event) bool {
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

// daemonOf returns the part that all events of a daemon have in common.
func daemonOf(h *meshos.Handle) life.Daemon { return life.Daemon{ID: h.ID()} }

// expect fails the test unless exactly these events of a daemon, or of the node if h is
// nil, have happened in this order, and the log has their lines and no others.
func (o *observed) expect(t *testing.T, h *meshos.Handle, want ...life.Event) {
	t.Helper()
	if got := o.of(h); !slices.Equal(got, want) {
		t.Errorf("happened:\n%s\nwant:\n%s", listed(got), listed(want))
	}
	o.logShows(t, h, want)
}

// logShows fails the test unless the log lines about a daemon, or about the node if h is
// nil, are exactly those of the events.
func (o *observed) logShows(t *testing.T, h *meshos.Handle, events []life.Event) {
	t.Helper()
	var want, got []string
	for _, e := range events {
		if level, text := e.Line(); text != "" {
			want = append(want, fmt.Sprint(level, ": ", text))
		}
	}
	for _, r := range o.sdk.Logs(0, 0) {
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

// linesOf returns how many log records have an event's line, with or without a note at
// its end.
func linesOf(sdk *meshos.SDK, e life.Event) (n int) {
	level, text := e.Line()
	for _, r := range sdk.Logs(0, 0) {
		if r.Level == level && r.DaemonID == e.Of() && strings.HasPrefix(r.Message, text) {
			n++
		}
	}
	return n
}

// methodsFailed fails the test unless exactly these methods of the daemon have failed,
// with these errors.
func (o *observed) methodsFailed(t *testing.T, h *meshos.Handle, want ...[2]string) {
	t.Helper()
	var got [][2]string
	for _, c := range happened[life.CallbackFailed](o) {
		if c.Daemon != daemonOf(h) {
			t.Errorf("%+v is of another daemon", c)
		}
		got = append(got, [2]string{c.Method, c.Err.Error()})
	}
	if !slices.Equal(got, want) {
		t.Errorf("methods failed: %q, want %q", got, want)
	}
}

// backpressureLogged fails the test unless the log says this often that backpressure is
// on, and that it is off.
func (o *observed) backpressureLogged(t *testing.T, on, off int) {
	t.Helper()
	gotOn, gotOff := 0, 0
	for _, e := range happened[life.BackpressureOn](o) {
		if !e.Quiet {
			gotOn++
		}
	}
	for _, e := range happened[life.BackpressureOff](o) {
		if !e.Quiet {
			gotOff++
		}
	}
	if gotOn != on || gotOff != off {
		t.Errorf("%d times on, want %d; %d times off, want %d", gotOn, on, gotOff, off)
	}
	o.logShows(t, nil, o.of(nil))
}
