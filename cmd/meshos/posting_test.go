//go:build mesh

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netmeshos/internal/event"
	"netmeshos/internal/mesh/wire"
)

func TestPostStoresEachLine(t *testing.T) {
	w := startWorld(t, "")
	text := "one\n\nthree " + strings.Repeat("x", 300_000) + "\nlast"
	status, out, errors := w.try(text, "post", "shout", "--origin", "5", "--sequence", "10", "--json")
	if status != 0 || !strings.Contains(out, `"accepted":4`) {
		t.Fatalf("status %d: %s%s", status, out, errors)
	}
	got := w.read(shoutID)
	lines := strings.Split(text, "\n")
	if len(got) != len(lines) {
		t.Fatalf("%d events", len(got))
	}
	for i, e := range got {
		if string(e.Payload) != lines[i] || e.Origin != 5 || e.Sequence != uint64(10+i) {
			t.Errorf("event %d: %d/%d, %d bytes", i, e.Origin, e.Sequence, len(e.Payload))
		}
	}
	if status, out, errors = w.try("a\n"+strings.Repeat("x", 2<<20)+"\nb\n", "post", "shout", "--json"); status != 1 || !strings.Contains(out, `"accepted":1`) {
		t.Errorf("too long: status %d: %s%s", status, out, errors)
	}
}

// read returns the events of all envelopes of a daemon.
func (w *world) read(id uint64) (all []event.Event) {
	w.t.Helper()
	stored, err := w.link.Read(context.Background(), w.link.Names().StreamOf(id), []string{w.link.Names().In(id)}, 1, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range stored {
		e, err := wire.ReadEnvelope(m.Data, nil)
		if err != nil {
			w.t.Fatal(err)
		}
		for i := range e.Events.Len() {
			all = append(all, e.Events.At(i))
		}
	}
	return all
}

func TestDeliver(t *testing.T) {
	w := startWorld(t, "")
	if out := w.run("deliver", "shout", "hello", "--origin", "3", "--sequence", "9"); out != "HELLO\n" || w.node.heard() != "deliver ff 3/9 hello" {
		t.Errorf("%q, the node heard %s", out, w.node.heard())
	}
}

func TestAStateGoesOutAndIn(t *testing.T) {
	w := startWorld(t, "")
	state := bytes.Repeat([]byte("state\x00"), 500_000)
	w.node.state = state
	file := filepath.Join(t.TempDir(), "state")
	w.run("snapshot", "shout", "-o", file)
	if saved, err := os.ReadFile(file); err != nil || !bytes.Equal(saved, state) {
		t.Fatalf("%d bytes saved, %v", len(saved), err)
	}
	w.node.state = nil
	w.run("restore", "shout", "-i", file, "--key", w.key)
	if !bytes.Equal(w.node.state, state) || w.node.heard() != "restore ff" {
		t.Errorf("%d bytes restored, the node heard %s", len(w.node.state), w.node.heard())
	}
}
