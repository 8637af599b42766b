package meshos_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/atomic"

	meshos "netmeshos/runtime"
)

// processor is a daemon whose Process is a function.
type processor func(e meshos.InboundEvent, emit func([]byte)) error

func (p processor) Process(e meshos.InboundEvent, emit func([]byte)) error { return p(e, emit) }

// worker is a daemon with a state: it keeps all payloads that it has processed,
// and emits each. A payload "fail" fails, after it has emitted. Its callbacks
// check that no two of them run at the same time.
type worker struct {
	t      *testing.T
	inside atomic.Bool

	mu   sync.Mutex
	seen []string

	before func(e meshos.InboundEvent) // called first by Process; may be nil
	health atomic.Int32
	told   func(meshos.Event) // OnControl; may be nil
}

func newWorker(t *testing.T) *worker { return &worker{t: t} }

var errTold = errors.New("told to fail")

func (w *worker) enter() func() {
	if !w.inside.CompareAndSwap(false, true) {
		w.t.Error("two callbacks at the same time")
	}
	return func() { w.inside.Store(false) }
}

func (w *worker) Process(e meshos.InboundEvent, emit func([]byte)) error {
	defer w.enter()()
	if w.before != nil {
		w.before(e)
	}
	payload := bytes.Clone(e.Payload)
	emit(payload)
	clear(payload) // emits are copied at once
	if string(e.Payload) == "fail" {
		return errTold
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, string(e.Payload))
	return nil
}

func (w *worker) Snapshot() []byte {
	defer w.enter()()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.seen) == 0 {
		return nil
	}
	return []byte(strings.Join(w.seen, " "))
}

func (w *worker) Restore(state []byte) error {
	defer w.enter()()
	if string(state) == "fail" {
		return errTold
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = strings.Fields(string(state))
	return nil
}

func (w *worker) OnControl(e meshos.Event) {
	defer w.enter()()
	if w.told != nil {
		w.told(e)
	}
}

func (w *worker) Health() meshos.Health {
	defer w.enter()()
	return meshos.Health(w.health.Load())
}

func (w *worker) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.seen)
}

// has fails the test unless the worker has processed just these payloads.
func (w *worker) has(want ...string) {
	w.t.Helper()
	if got := w.all(); !slices.Equal(got, want) {
		w.t.Errorf("processed %q, want %q", got, want)
	}
}

// outputs gathers what an OutputFunc gets, in words.
type outputs struct {
	mu   sync.Mutex
	said []string
}

func (o *outputs) take(out meshos.Output) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.said = append(o.said, fmt.Sprintf("%d: %s of %d/%d", out.Sequence, out.Payload, out.InOrigin, out.InSequence))
}

// are takes what has been gathered and fails the test unless it is just this.
func (o *outputs) are(t *testing.T, want ...string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if !slices.Equal(o.said, want) {
		t.Errorf("outputs %q, want %q", o.said, want)
	}
	o.said = nil
}

// words are events of the origin 7 whose payloads are the words of a text, and
// whose sequence numbers count from first.
func words(first uint64, text string) []meshos.InboundEvent {
	var events []meshos.InboundEvent
	for i, word := range strings.Fields(text) {
		events = append(events, meshos.InboundEvent{Origin: 7, Sequence: first + uint64(i), Payload: []byte(word)})
	}
	return events
}

func word(sequence uint64, text string) meshos.InboundEvent { return words(sequence, text)[0] }

// post posts events that all find room.
func post(t *testing.T, sdk *meshos.SDK, h *meshos.Handle, events ...meshos.InboundEvent) {
	t.Helper()
	if n, err := sdk.Post(h.ID(), events); n != len(events) || err != nil {
		t.Errorf("Post took %d of %d events: %v", n, len(events), err)
	}
}

// deliver delivers an event that is processed without an error.
func deliver(t *testing.T, sdk *meshos.SDK, h *meshos.Handle, e meshos.InboundEvent) {
	t.Helper()
	wantKind(t, "Deliver", sdk.Deliver(h.ID(), e, nil), "")
}

// flush flushes a daemon, or all if it is nil.
func flush(t *testing.T, sdk *meshos.SDK, h *meshos.Handle) {
	t.Helper()
	id := uint64(0)
	if h != nil {
		id = h.ID()
	}
	wantKind(t, "Flush", sdk.Flush(id, 0), "")
}
