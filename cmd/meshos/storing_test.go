//go:build mesh

package main

import (
	"strings"
	"testing"

	"netmeshos/internal/event"
	"netmeshos/internal/mesh/wire"
)

func TestEventsShowWhatIsStored(t *testing.T) {
	w := startWorld(t, "")
	w.try("hello\n", "post", "shout")
	names := w.link.Names()
	block := wire.AppendOutputs(nil, wire.Outputs{
		Events: event.Batch{Metas: []event.Meta{{Length: 3}}, Bytes: []byte("HEY")}, Causes: []event.Meta{{Origin: 1, Sequence: 2}},
	})
	w.store(names.Log(shoutID), string(wire.AppendRecord(nil, &wire.Record{
		ID: wire.ID{Node: 7, Instance: 9, Counter: 1}, Kind: wire.Commit, Out: 1, First: 1,
		Inbox: wire.Position{Sequence: 1, Index: wire.Whole}, State: wire.Place{Form: wire.Inline, Inline: []byte("four")},
		Outputs: wire.Place{Form: wire.Inline, Inline: block},
	})))
	w.store(names.Dead(shoutID), "foreign")
	out := w.run("events", "shout")
	for _, want := range []string{`"hello"`, `"HEY"`, "commit, inbox up to 1, outputs up to 1", "state 4 bytes", "no format of this program"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	var look storedJSON
	w.json(&look, "events", "shout", "--part", "log")
	if look.Record == nil || look.Record.Kind != "commit" || len(look.Record.Outputs) != 1 || string(look.Record.Outputs[0].Payload) != "HEY" {
		t.Errorf("%+v", look)
	}
}
