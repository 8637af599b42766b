//go:build mesh

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"netmeshos/internal/mesh/wire"
)

// What is posted counts as what nodes post, over several runs of the program, until it is processed.
func TestPostHasNoMoreRoomThanNodes(t *testing.T) {
	const most, long = 2 << 20, 1000
	w := startWorld(t, "")
	names := w.link.Names()
	w.store(names.Settings(), fmt.Sprintf(`{"v":1,"settings":{"replicas":1,"streams":2,"waiting_max_bytes":%d}}`, most))
	lines := func(bytes int) string { return strings.Repeat(strings.Repeat("x", long-1)+"\n", bytes/long) }
	patient := w.args
	post := func(text string, status int) (accepted int) {
		t.Helper()
		if w.args = patient; status != 0 { // so long it waits for room
			w.args = append(slices.Clone(patient), "--timeout", "2s")
		}
		var shown struct{ Accepted int }
		got, out, errors := w.try(text, "post", "shout", "--json")
		if err := json.Unmarshal([]byte(out), &shown); err != nil || got != status {
			t.Fatalf("status %d, want %d: %s%s", got, status, out, errors)
		}
		if status != 0 && !strings.Contains(errors, "queue_full") {
			t.Errorf("it says %s", errors)
		}
		return shown.Accepted
	}
	if got := post(lines(most/4), 0) + post(lines(most/4), 0); got*long < most/2-2*long {
		t.Errorf("%d are accepted", got)
	}
	all := len(w.read(shoutID))
	for range 2 {
		all += post(lines(2*most), 1)
	}
	if bytes := all * long; bytes > most || bytes < most/2 {
		t.Errorf("%d bytes are stored, of at most %d", bytes, most)
	}
	last, err := w.link.Last(context.Background(), names.In(shoutID))
	if err != nil {
		t.Fatal(err)
	}
	w.store(names.Log(shoutID), string(wire.AppendRecord(nil, &wire.Record{
		ID: wire.ID{Node: 7, Instance: 9, Counter: 1}, Kind: wire.Commit, Inbox: wire.Position{Sequence: last.Sequence, Index: wire.Whole},
	})))
	rooms, err := w.link.LastOf(context.Background(), names.MetaStream(), names.RoomsFor(shoutID))
	if err != nil || len(rooms) < 3 {
		t.Fatalf("%d rooms, %v", len(rooms), err)
	}
	for _, m := range rooms { // as the owner does
		w.store(m.Subject, `{"v":1,"node":"0000000000000000","bytes":0}`)
	}
	if got := post(lines(most/4), 0); got == 0 {
		t.Error("nothing is accepted after all was processed")
	}
}
