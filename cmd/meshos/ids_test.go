//go:build mesh

package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// startWithStandby has a second node, which would take the daemon over and answers nothing.
func startWithStandby(t *testing.T) *world {
	t.Helper()
	w := startWorld(t, "")
	names := w.link.Names()
	w.store(names.Lease(8), `{"v":1,"instance":"0000000000000def","started_ms":1790000000001,"version":"1.2.3"}`)
	w.store(names.Registration(shoutID, 8), `{"v":1,"name":"shout","instance":"0000000000000def","stateless":false}`)
	return w
}

// idsIn returns the ids in JSON, as "key=value", and complains of each that has no twin in hex.
func idsIn(t *testing.T, value any) (found []string) {
	t.Helper()
	switch value := value.(type) {
	case []any:
		for _, one := range value {
			found = append(found, idsIn(t, one)...)
		}
	case map[string]any:
		for key, one := range value {
			found = append(found, idsIn(t, one)...)
			ids, list := one.([]any)
			switch key {
			case "id", "node_id", "daemon_id", "origin", "instance":
				if _, number := one.(json.Number); !number {
					continue // hex itself
				}
				ids = []any{one}
			case "standbys":
				if !list {
					continue // how many there are
				}
			default:
				continue
			}
			hex := []any{}
			for _, id := range ids {
				n := uint64(0)
				if _, err := fmt.Sscan(id.(json.Number).String(), &n); err != nil {
					t.Errorf("%s: %v", key, err)
				}
				hex = append(hex, fmt.Sprintf("0x%016x", n))
				found = append(found, fmt.Sprintf("%s=%d", key, n))
			}
			twin := value[key+"_hex"]
			if !list {
				twin = []any{twin}
			}
			if fmt.Sprint(twin) != fmt.Sprint(hex) {
				t.Errorf("%s is %v, and %s_hex is %v", key, one, key, value[key+"_hex"])
			}
		}
	}
	return found
}

func TestEachIDInJSONHasATwinInHex(t *testing.T) {
	w := startWithStandby(t)
	state := filepath.Join(t.TempDir(), "state")
	for _, c := range []struct{ args, has string }{
		{"nodes", "node_id=8"}, {"daemons", "standbys=8"}, {"daemon shout", "id=255"}, {"daemon shout", "node_id=7"},
		{"logs", "daemon_id=255"}, {"logs", "node_id=7"},
		{"post shout /dev/null", "id=255"}, {"deliver shout hello", "origin=255"}, {"snapshot shout -o " + state, "id=255"},
		{"stop shout --key " + w.key, "daemon_id=255"}, {"drain 7 --key " + w.key, "node_id=7"}, {"audit", "instance=2748"},
	} {
		out := json.NewDecoder(strings.NewReader(w.run(append(strings.Fields(c.args), "--json")...)))
		out.UseNumber()
		var found []string
		for out.More() {
			var value any
			if err := out.Decode(&value); err != nil {
				t.Fatalf("%s: %v", c.args, err)
			}
			found = append(found, idsIn(t, value)...)
		}
		if !strings.Contains(" "+strings.Join(found, " ")+" ", " "+c.has+" ") {
			t.Errorf("%s has %v, and not %s", c.args, found, c.has)
		}
	}
}

func TestPeopleReadHex(t *testing.T) {
	const seven, eight, daemon = "0x0000000000000007", "0x0000000000000008", "0x00000000000000ff"
	w := startWithStandby(t)
	state := filepath.Join(t.TempDir(), "state")
	for args, want := range map[string]string{
		"nodes":                           seven + " Healthy Active",
		"nodes ":                          eight + " Degraded",
		"daemons":                         daemon + " shout " + seven + " running " + eight + " 4",
		"logs":                            "node " + seven + " daemon " + daemon + ": second",
		"post shout /dev/null":            "0 events accepted for " + daemon,
		"snapshot shout -o " + state:      "the state of " + daemon,
		"stop shout --key " + w.key:       "stop " + daemon + ": done by node " + seven,
		"log-level 7 warn --key " + w.key: "log_level: done by node " + seven,
	} {
		if out := strings.Join(strings.Fields(w.run(strings.Fields(args)...)), " "); !strings.Contains(out, want) {
			t.Errorf("meshos %s: %q is missing in %s", args, want, out)
		}
	}
	if out := w.run("audit"); strings.Count(out, " "+seven+" ") != 2 {
		t.Errorf("audit: %s", out)
	}
}
