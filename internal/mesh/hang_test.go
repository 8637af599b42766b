//go:build mesh

package mesh_test

import (
	"testing"
	"time"

	"netmeshos/internal/fault"
	meshos "netmeshos/runtime"
)

// hanging hangs in process until it may go on.
type hanging struct {
	counter
	inside chan struct{}
	goOn   chan struct{}
}

func (h *hanging) Process(e meshos.InboundEvent, emit func([]byte)) error {
	if string(e.Payload) == "hang" {
		h.inside <- struct{}{}
		<-h.goOn
	}
	return h.counter.Process(e, emit)
}

// Calls about a daemon that hangs end in their time, on every node.
func TestCallsToADaemonThatHangs(t *testing.T) {
	soon := func(c *meshos.Config) { c.Mesh.RequestTimeoutMS = 700 }
	_, home, away := pair(t, soon)
	d := &hanging{inside: make(chan struct{}, 1), goOn: make(chan struct{})}
	id := register(t, home, 1, d).ID()
	post(t, home, id, 1, 1)
	flush(t, home, id)
	if n, err := home.Post(id, []meshos.InboundEvent{{Payload: []byte("hang")}}); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	<-d.inside
	for who, sdk := range map[string]*meshos.SDK{"its own node": home, "another node": away} {
		for what, call := range map[string]func() error{
			"deliver":  func() error { return sdk.Deliver(id, events(2, 1)[0], nil) },
			"snapshot": func() error { _, err := sdk.Snapshot(id); return err },
			"flush":    func() error { return sdk.Flush(id, 300*time.Millisecond) },
		} {
			ended := make(chan error, 1)
			go func() { ended <- call() }()
			select {
			case err := <-ended:
				if !is(err, fault.Timeout) {
					t.Errorf("a %s from %s ends with %v, want timeout", what, who, err)
				}
			case <-time.After(limit):
				t.Errorf("a %s from %s does not end", what, who)
			}
		}
		if n, err := sdk.Post(id, events(3, 1)); err != nil || n != 1 {
			t.Errorf("a post from %s: %d, %v", who, n, err)
		}
	}
	close(d.goOn)
	flush(t, away, id)
	if d.counted() != 4 { // each once, however often it was sent
		t.Errorf("%d events are counted, want 4", d.counted())
	}
}
