//go:build mesh

package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"netmeshos/internal/fault"
)

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
