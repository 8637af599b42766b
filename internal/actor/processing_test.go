package actor_test

import (
	"fmt"
	"sync"
	"testing"

	"netmeshos/internal/actor"
	events "netmeshos/internal/event"
	"netmeshos/internal/life"
	"netmeshos/internal/sched"
)

// succeed adds an event that was processed, with this many outputs, to the result.
func succeed(w *actor.Workspace, i, outputs int) {
	first := w.Request.FirstOutput + uint64(w.Result.Emitted)
	keep := w.Request.Keep || w.Interrupted()
	w.Result.Handled++
	w.Emitted(outputs)
	for n := range outputs {
		if keep {
			w.Result.Outputs.Add(events.Event{Origin: w.Request.DaemonID, Sequence: first + uint64(n)})
			w.Result.Causes = append(w.Result.Causes, uint32(i))
		}
	}
}

// gated is a daemon that waits at a gate in each event, and then emits this many outputs.
// It records the events that it has processed.
type gated struct {
	actor.None
	outputs int
	begun   chan struct{} // receives a value for each event that reaches the gate
	let     chan struct{} // a value lets one event through

	mu   sync.Mutex // guards what follows
	seen []string   // origin/sequence of each event
	runs int        // calls of Process
}

func newGated(outputs int) *gated {
	return &gated{outputs: outputs, begun: make(chan struct{}, 1_000), let: make(chan struct{}, 1_000)}
}

func (g *gated) Process(in events.Batch, w *actor.Workspace) {
	g.mu.Lock()
	g.runs++
	g.mu.Unlock()
	for i := range in.Len() {
		g.begun <- struct{}{}
		<-g.let
		g.mu.Lock()
		g.seen = append(g.seen, fmt.Sprintf("%d/%d", in.Metas[i].Origin, in.Metas[i].Sequence))
		g.mu.Unlock()
		succeed(w, i, g.outputs)
		if w.Interrupted() {
			return
		}
	}
}

// letAll opens the gate for good.
func (g *gated) letAll() {
	for range cap(g.let) - len(g.let) {
		g.let <- struct{}{}
	}
}

// all returns the events that have been processed.
func (g *gated) all() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return fmt.Sprint(g.seen)
}

// observed is an Env that records the life events.
type observed struct {
	*actor.Env
	mu       sync.Mutex // guards what follows
	happened []life.Event
}

func observe(pool *sched.Pool) *observed {
	o := &observed{Env: env(pool)}
	o.Hook = func(e life.Event) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.happened = append(o.happened, e)
	}
	return o
}

// expect fails the test unless exactly these events have happened since the last call.
func (o *observed) expect(t *testing.T, what string, want ...life.Event) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	same := len(o.happened) == len(want)
	for i := range want {
		same = same && o.happened[i] == want[i]
	}
	if !same {
		t.Errorf("%s:\n got %s\nwant %s", what, lifeText(o.happened), lifeText(want))
	}
	o.happened = nil
}

func lifeText(all []life.Event) string {
	text := ""
	for _, e := range all {
		text += fmt.Sprintf("%T%+v ", e, e)
	}
	return text
}

// numbered returns events of the host, numbered from 1.
func numbered(n int) []events.Event {
	all := make([]events.Event, n)
	for i := range all {
		all[i].Sequence = uint64(i + 1)
	}
	return all
}

func mustPost(t *testing.T, a *actor.Actor, n int) {
	t.Helper()
	if _, err := a.Post(numbered(n)); err != nil {
		t.Fatal(err)
	}
}

func statsOf(a *actor.Actor) actor.Stats { return a.View(0).Stats }
