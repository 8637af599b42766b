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

// recorder is a daemon that emits and keeps all payloads; they are its state. The payload
// "fail" fails after it has been emitted. Its callbacks check that no two of them run at
// the same time.
type recorder struct {
	t      *testing.T
	inside atomic.Bool

	mu   sync.Mutex
	seen []string

	before    func(e meshos.InboundEvent) // called first by Process; may be nil
	health    atomic.Int32
	onControl func(meshos.Event) // OnControl; may be nil
}

func newRecorder(t *testing.T) *recorder { return &recorder{t: t} }

var errFail = errors.New("told to fail")

func (w *recorder) enter() func() {
	if !w.inside.CompareAndSwap(false, true) {
		w.t.Error("two callbacks at the same time")
	}
	return func() { w.inside.Store(false) }
}

func (w *recorder) Process(e meshos.InboundEvent, emit func([]byte)) error {
	defer w.enter()()
	if w.before != nil {
		w.before(e)
	}
	payload := bytes.Clone(e.Payload)
	emit(payload)
	clear(payload) // emit has made a copy
	if string(e.Payload) == "fail" {
		return errFail
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, string(e.Payload))
	return nil
}

func (w *recorder) Snapshot() []byte {
	defer w.enter()()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.seen) == 0 {
		return nil
	}
	return []byte(strings.Join(w.seen, " "))
}

func (w *recorder) Restore(state []byte) error {
	defer w.enter()()
	if string(state) == "fail" {
		return errFail
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = strings.Fields(string(state))
	return nil
}

func (w *recorder) OnControl(e meshos.Event) {
	defer w.enter()()
	if w.onControl != nil {
		w.onControl(e)
	}
}

func (w *recorder) Health() meshos.Health {
	defer w.enter()()
	return meshos.Health(w.health.Load())
}

func (w *recorder) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.seen)
}

// has fails the test unless the recorder has processed exactly these payloads.
func (w *recorder) has(want ...string) {
	w.t.Helper()
	if got := w.all(); !slices.Equal(got, want) {
		w.t.Errorf("processed %q, want %q", got, want)
	}
}

// outputs collects what an OutputFunc gets, formatted as text.
type outputs struct {
	mu   sync.Mutex
	said []string
}

func (o *outputs) take(out meshos.Output) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.said = append(o.said, fmt.Sprintf("%d: %s of %d/%d", out.Sequence, out.Payload, out.InOrigin, out.InSequence))
}

// are fails the test unless exactly these outputs have been collected, and removes them.
func (o *outputs) are(t *testing.T, want ...string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if !slices.Equal(o.said, want) {
		t.Errorf("outputs %q, want %q", o.said, want)
	}
	o.said = nil
}
