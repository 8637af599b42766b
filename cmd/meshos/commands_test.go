//go:build mesh

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/directory"
	"netmeshos/internal/mesh/wire"
)

func TestCommandsThatLook(t *testing.T) {
	w := startWorld(t, "")
	var nodes []directory.Node
	w.json(&nodes, "nodes")
	if len(nodes) != 2 || nodes[0].ID != thisNode || nodes[0].Health != "Healthy" || nodes[0].Daemons != 1 || nodes[0].Standbys != 1 ||
		nodes[0].Version != "1.2.3" || *nodes[0].RTTMS != 0.5 || nodes[1].ID != 8 || nodes[1].Health != "Degraded" {
		t.Errorf("nodes %+v", nodes)
	}
	commit := w.store(w.link.Names().Log(shoutID), "x")
	var daemons []daemonJSON
	w.json(&daemons, "daemons")
	if len(daemons) != 2 || daemons[0].ID != 254 || daemons[0].Lifecycle != "standby" || daemons[0].NodeID != 0 {
		t.Errorf("daemons %+v", daemons)
	}
	var one daemonJSON
	for _, name := range []string{"shout", "255", "0xff", "00000000000000ff", "0xFF"} {
		w.json(&one, "daemon", name)
		if one.ID != shoutID || one.Name != "shout" || one.NodeID != thisNode || one.EventsIn != 3 || one.Failures != 1 ||
			one.InboxDepth != 4 || one.Committed != commit || one.Standbys == nil {
			t.Errorf("daemon %s: %+v", name, one)
		}
	}
	if out := w.run("peers"); strings.TrimSpace(out) != `[{"node_id":8}]` {
		t.Errorf("peers: %s", out)
	}
	for args, want := range map[string]string{
		"logs": "first,second", "logs --level warn": "second", "logs --daemon shout": "second", "logs --level error": "",
	} {
		var messages []string
		for text := range strings.Lines(w.run(append(strings.Fields(args), "--json")...)) {
			var l line
			if err := json.Unmarshal([]byte(text), &l); err != nil {
				t.Fatal(err)
			}
			messages = append(messages, l.Message)
		}
		if got := strings.Join(messages, ","); got != want {
			t.Errorf("%s: %s, want %s", args, got, want)
		}
	}
	for _, args := range [][]string{{"nodes"}, {"daemons"}, {"daemon", "shout"}, {"logs"}, {"audit"}} {
		if out := w.run(args...); out == "" {
			t.Errorf("%v prints nothing", args)
		}
	}
}

func TestStatuses(t *testing.T) {
	w := startWorld(t, "")
	for _, c := range []struct {
		status int
		args   string
	}{
		{2, "nosuch"}, {2, "completion nosuch"}, {2, "completion bash nosuch"}, {2, "help nosuch"}, {2, "daemon"}, {2, "nodes --nosuch"}, {2, "nodes x"}, {2, "logs --level loud"}, {2, "drain x --key " + w.key}, {2, "log-level 7 loud --key " + w.key}, {2, "log-level 7 --key " + w.key}, {2, "keygen"},
		{2, "stop shout"}, {2, "restore shout --key " + w.key}, {2, "snapshot shout"}, {2, "users"},
		{2, "events shout --part x"}, {2, "users --dir " + t.TempDir() + " --node x"},
		{4, "daemon nosuch"}, {4, "daemon 77"}, {4, "stop nosuch --key " + w.key}, {4, "drain 9 --key " + w.key},
		{4, "post nosuch"}, {4, "logs --daemon nosuch"},
		{1, "drain 7 --key /no/key"}, {1, "post shout /no/file"},
	} {
		if status, _, errors := w.try("", strings.Fields(c.args)...); status != c.status || errors == "" {
			t.Errorf("meshos %s: status %d, want %d: %s", c.args, status, c.status, errors)
		}
	}
	for _, args := range [][]string{{"nodes", "--server", "nats://127.0.0.1:1"}, {"nodes", "--server", w.url, "--mesh", "none"}} {
		var out, errors bytes.Buffer
		if status := run(args, nil, &out, &errors); status != 3 {
			t.Errorf("%v: status %d: %s", args, status, errors.String())
		}
	}
}

func TestHelpAndCompletion(t *testing.T) {
	for call, want := range map[string]string{
		"": "Usage:", "help": "Usage:", "help post": "--origin", "help completion bash": "bash", "completion": "zsh", "completion bash": "__start_meshos", "completion zsh --no-descriptions": "compdef",
	} {
		var out, errors bytes.Buffer
		if status := run(strings.Fields(call), nil, &out, &errors); status != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("meshos %s: status %d, %d bytes without %q, %s", call, status, out.Len(), want, errors.String())
		}
	}
}

func TestANameThatNoMeshHas(t *testing.T) {
	var out, errors bytes.Buffer
	if status := run([]string{"nodes", "--mesh", "a.b"}, nil, &out, &errors); status != 2 || !strings.Contains(errors.String(), "--mesh") {
		t.Errorf("status %d: %s", status, errors.String())
	}
}

func TestServersThatCanBeNone(t *testing.T) {
	for _, server := range []string{"xx", "", "http://127.0.0.1:4222", "nats://", "nats://127.0.0.1:0", "nats://127.0.0.1:70000", "nats://127.0.0.1:4222,xx"} {
		var out, errors bytes.Buffer
		if status := run([]string{"nodes", "--server", server}, nil, &out, &errors); status != 2 || !strings.Contains(errors.String(), "--server") {
			t.Errorf("%q: status %d: %s", server, status, errors.String())
		}
	}
	w := startWorld(t, "")
	for _, server := range []string{strings.TrimPrefix(w.url, "nats://"), w.url + "," + w.url} {
		var out, errors bytes.Buffer
		if status := run([]string{"nodes", "--mesh", "test", "--server", server}, nil, &out, &errors); status != 0 {
			t.Errorf("%q: status %d: %s", server, status, errors.String())
		}
	}
}

func TestOrders(t *testing.T) {
	w := startWorld(t, "")
	for _, c := range []struct{ args, heard string }{
		{"drain 7", "drain"}, {"drain 0x7 --wait", "drain"}, {"resume 7", "resume"},
		{"stop shout --grace-ms 50", "stop ff 50"}, {"restart 255", "restart ff"}, {"log-level 7 warn", "log level warn"},
	} {
		w.run(append(strings.Fields(c.args), "--key", w.key)...)
		if heard := w.node.heard(); !strings.HasSuffix(heard, c.heard) {
			t.Errorf("%s: the node heard %s", c.args, heard)
		}
	}
	var audit []struct {
		Command     string
		NodeID      uint64 `json:"node_id"`
		NodeIDHex   string `json:"node_id_hex"`
		Instance    uint64
		InstanceHex string `json:"instance_hex"`
	}
	w.json(&audit, "audit")
	if len(audit) != 6 || audit[3].Command != "stop" || audit[0].NodeID != thisNode || audit[0].NodeIDHex != "0x0000000000000007" ||
		audit[0].Instance != instance || audit[0].InstanceHex != "0x0000000000000abc" {
		t.Errorf("audit %+v", audit)
	}
	w.node.failing = fault.New(fault.InvalidState, "not now")
	if status, _, errors := w.try("", "resume", "7", "--key", w.key); status != 1 || !strings.Contains(errors, "not now") {
		t.Errorf("status %d: %s", status, errors)
	}
}

// What somebody else has put into the audit stream hides no order.
func TestAuditPassesOverWhatIsNoRecord(t *testing.T) {
	w := startWorld(t, "")
	names := w.link.Names()
	w.store(names.Audit(), "junk")
	w.store(names.Audit(), `{"v":1}`)
	w.run("drain", "7", "--key", w.key)
	record, err := w.link.Last(context.Background(), names.Audit())
	if err != nil {
		t.Fatal(err)
	}
	w.store(names.Audit(), strings.Replace(string(record.Data), `"drain"`, `"resume"`, 1)) // its signature is of another order
	w.store(names.Audit(), string(record.Data))                                            // twice
	w.store(names.Audit(), "")
	w.run("resume", "7", "--key", w.key)
	status, out, errors := w.try("", "audit", "--json")
	var audit []struct{ Command string }
	if err := json.Unmarshal([]byte(out), &audit); status != 0 || err != nil {
		t.Fatalf("status %d: %s, %v", status, errors, err)
	}
	if len(audit) != 2 || audit[0].Command != "drain" || audit[1].Command != "resume" {
		t.Errorf("audit %+v", audit)
	}
	if !strings.Contains(errors, "5 messages") {
		t.Errorf("standard error has %q", errors)
	}
}

func TestAnOrderByAnotherKeyIsRefused(t *testing.T) {
	w := startWorld(t, "")
	other := filepath.Join(t.TempDir(), "other.key")
	w.run("keygen", "-o", other)
	status, _, errors := w.try("", "drain", "7", "--key", other)
	if status != 5 || !strings.Contains(errors, "unknown_key") {
		t.Errorf("status %d: %s", status, errors)
	}
	if heard := w.node.heard(); heard != "" {
		t.Errorf("the node heard %s", heard)
	}
	if warned := w.node.warnings(); !strings.Contains(warned, "unknown_key") {
		t.Errorf("the node warned of %q", warned)
	}
	var audit []struct{}
	if w.json(&audit, "audit"); len(audit) != 0 {
		t.Errorf("%d records", len(audit))
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

func TestDeliver(t *testing.T) {
	w := startWorld(t, "")
	if out := w.run("deliver", "shout", "hello", "--origin", "3", "--sequence", "9"); out != "HELLO\n" || w.node.heard() != "deliver ff 3/9 hello" {
		t.Errorf("%q, the node heard %s", out, w.node.heard())
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

func TestForget(t *testing.T) {
	w := startWorld(t, "")
	names := w.link.Names()
	if status, _, errors := w.try("", "forget", "shout", "--key", w.key); status != 1 || !strings.Contains(errors, "has registered the daemon") {
		t.Errorf("one that is registered: status %d: %s", status, errors)
	}
	const gone = 0xf0
	w.store(names.Registration(gone, 99), `{"v":1,"name":"gone","instance":"0000000000000001"}`)
	w.store(names.DaemonName(gone), `{"v":1,"name":"gone"}`)
	w.store(names.Subscription(gone, shoutID), `{"v":1}`)
	w.store(names.Subscription(shoutID, gone), `{"v":1}`)
	w.store(names.In(gone), "x")
	w.store(names.Log(gone), "x")
	w.store(names.In(shoutID), "stays")
	const ended = 0xf1 // whose node has withdrawn it
	w.store(names.DaemonName(ended), `{"v":1,"name":"ended"}`)
	w.store(names.Registration(ended, 99), `{"v":1,"name":"","instance":""}`)
	w.store(names.In(ended), "x")
	w.store(names.DaemonName(shoutID), `{"v":1,"name":"ended"}`) // it has another by now
	var look daemonJSON
	if w.json(&look, "daemon", "ended"); look.ID != ended || look.Name != "ended" || look.Lifecycle != "down" {
		t.Errorf("%+v", look)
	}
	w.run("forget", "ended", "--key", w.key)
	if status, _, errors := w.try("", "daemon", "ended"); status != 4 {
		t.Errorf("status %d: %s", status, errors)
	}
	w.run("forget", "gone", "--key", w.key)
	if status, _, errors := w.try("", "daemon", "gone"); status != 4 {
		t.Errorf("status %d: %s", status, errors)
	}
	for stream, filter := range map[string]string{names.StreamOf(gone): names.Everything(gone), names.MetaStream(): names.Subscriptions()} {
		left, err := w.link.LastOf(context.Background(), stream, filter)
		for _, m := range left {
			if m.Marker == "" {
				t.Errorf("%s is left, %v", m.Subject, err)
			}
		}
	}
	if stays, err := w.link.Last(context.Background(), names.In(shoutID)); err != nil || string(stays.Data) != "stays" {
		t.Errorf("%v %v", stays, err)
	}
}
