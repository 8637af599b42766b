//go:build mesh

package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"netmeshos/internal/mesh/directory"
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
