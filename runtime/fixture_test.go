package meshos_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	meshos "netmeshos/runtime"
)

// start starts an SDK that is shut down when the test is over.
func start(t *testing.T, config meshos.Config) *meshos.SDK {
	t.Helper()
	sdk, err := meshos.Start(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sdk.Shutdown() })
	return sdk
}

// registerKnown is register for a daemon that needs its own handle. self waits for the
// handle, because a tick may come before Register returns.
func registerKnown(t *testing.T, sdk *meshos.SDK, n byte, daemon func(self func() *meshos.Handle) meshos.Daemon) *meshos.Handle {
	t.Helper()
	var h *meshos.Handle
	known := make(chan struct{})
	h = register(t, sdk, n, daemon(func() *meshos.Handle { <-known; return h }))
	close(known)
	return h
}

// quiet is a configuration whose supervisor never ticks.
var quiet = meshos.Config{TickIntervalMS: math.MaxUint64}

// seed is one of 256 identities.
func seed(n byte) [meshos.SeedSize]byte { return [meshos.SeedSize]byte{n} }

// register registers a daemon, which is closed when the test is over.
func register(t *testing.T, sdk *meshos.SDK, n byte, daemon meshos.Daemon) *meshos.Handle {
	t.Helper()
	h, err := sdk.Register("daemon", seed(n), daemon)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// wantKind fails the test unless the error is of the kind; "" means none.
func wantKind(t *testing.T, what string, err error, kind meshos.Kind) {
	t.Helper()
	if kind == "" {
		if err != nil {
			t.Errorf("%s: %v, want no error", what, err)
		}
		return
	}
	var e *meshos.Error
	if !errors.As(err, &e) {
		t.Errorf("%s: error %v, want %s", what, err, kind)
		return
	}
	if e.Kind != kind {
		t.Errorf("%s: %v, want %s", what, err, kind)
	}
	if len(e.Message) < 10 || len(e.Message) > 500 || !utf8.ValidString(e.Message) || strings.ContainsAny(e.Message, "\x00\n") {
		t.Errorf("%s: the message is %q", what, e.Message)
	}
}

// within calls do, and fails the test unless that takes exactly this long. It must be
// called in a synctest bubble, where time is exact.
func within(t *testing.T, what string, took time.Duration, do func()) {
	t.Helper()
	begin := time.Now()
	do()
	if got := time.Since(begin); got != took {
		t.Errorf("%s took %v, want %v", what, got, took)
	}
}

// next fails the test unless this control event waits, and receives it.
func next(t *testing.T, h *meshos.Handle, want meshos.Event) {
	t.Helper()
	if e, ok := h.TryNextControl(); !ok || e != want {
		t.Errorf("control event %v %v, want %v", e, ok, want)
	}
}

// none fails the test if a control event waits.
func none(t *testing.T, h *meshos.Handle) {
	t.Helper()
	if e, ok := h.TryNextControl(); ok {
		t.Errorf("control event %v, want none", e)
	}
}

func shutdownEvent(graceMS uint64) meshos.Event {
	return meshos.Event{Kind: meshos.ControlShutdown, GraceMS: graceMS}
}

// controlFunc is a daemon whose OnControl is a function.
type controlFunc func(meshos.Event)

func (r controlFunc) OnControl(e meshos.Event) { r(e) }

// healthFunc is a daemon whose Health is a function.
type healthFunc func() meshos.Health

func (s healthFunc) Health() meshos.Health { return s() }

// saturationFunc is a daemon whose Saturation is a function.
type saturationFunc func() float32

func (b saturationFunc) Saturation() float32 { return b() }

// usable fails the test unless all calls on the handle work (alive), or all fail because
// the handle is consumed.
func usable(t *testing.T, h *meshos.Handle, alive bool) {
	t.Helper()
	kind := meshos.KindAlreadyShutdown
	if alive {
		kind = ""
	}
	for what, call := range map[string]func() error{
		"PublishLog":              func() error { return h.PublishLog(meshos.LevelInfo, "line") },
		"Metadata":                func() error { _, err := h.Metadata(); return err },
		"RefreshMetadata":         func() error { _, err := h.RefreshMetadata(); return err },
		"PublishCapabilities":     func() error { return h.PublishCapabilities([]string{"a"}) },
		"PublishCapabilitiesJSON": func() error { return h.PublishCapabilitiesJSON([]byte(`["a"]`)) },
		"MetadataStale": func() error {
			if _, err := h.MetadataStale(); err != nil {
				return err
			}
			return nil
		},
	} {
		wantKind(t, what, call(), kind)
	}
	if h.Name() != "daemon" || h.ID() == 0 {
		t.Errorf("name %q, id %d", h.Name(), h.ID())
	}
}

func (controlFunc) Process(meshos.InboundEvent, func([]byte)) error { return nil }

func (healthFunc) Process(meshos.InboundEvent, func([]byte)) error { return nil }

func (saturationFunc) Process(meshos.InboundEvent, func([]byte)) error { return nil }

// processFunc is a daemon whose Process is a function.
type processFunc func(e meshos.InboundEvent, emit func([]byte)) error

func (p processFunc) Process(e meshos.InboundEvent, emit func([]byte)) error { return p(e, emit) }

// words returns events of origin 7. Their payloads are the words of a text, their sequence
// numbers count from first.
func words(first uint64, text string) []meshos.InboundEvent {
	var events []meshos.InboundEvent
	for i, word := range strings.Fields(text) {
		events = append(events, meshos.InboundEvent{Origin: 7, Sequence: first + uint64(i), Payload: []byte(word)})
	}
	return events
}

func word(sequence uint64, text string) meshos.InboundEvent { return words(sequence, text)[0] }

// post posts events, for all of which there must be room.
func post(t *testing.T, sdk *meshos.SDK, h *meshos.Handle, events ...meshos.InboundEvent) {
	t.Helper()
	if n, err := sdk.Post(h.ID(), events); n != len(events) || err != nil {
		t.Errorf("Post took %d of %d events: %v", n, len(events), err)
	}
}

// deliver delivers an event, which must be processed without an error.
func deliver(t *testing.T, sdk *meshos.SDK, h *meshos.Handle, e meshos.InboundEvent) {
	t.Helper()
	wantKind(t, "Deliver", sdk.Deliver(h.ID(), e, nil), "")
}

// flush flushes a daemon, or all daemons if it is nil.
func flush(t *testing.T, sdk *meshos.SDK, h *meshos.Handle) {
	t.Helper()
	id := uint64(0)
	if h != nil {
		id = h.ID()
	}
	wantKind(t, "Flush", sdk.Flush(id, 0), "")
}
