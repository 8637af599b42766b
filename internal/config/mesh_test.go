package config_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"netmeshos/internal/config"
	"netmeshos/internal/fault"
)

func meshText(keys string) string {
	if keys != "" {
		keys = ", " + keys
	}
	return `{"mesh": {"servers": ["nats://127.0.0.1:4222"]` + keys + `}}`
}

func TestAMeshHasDefaults(t *testing.T) {
	want := config.Mesh{
		Servers: []string{"nats://127.0.0.1:4222"}, Name: "meshos", Replicas: 1, Streams: 1, Events: config.Durable,
		BeatIntervalMS: 1000, LeaseMS: 5000, StartTimeoutMS: 10_000, RequestTimeoutMS: 5000, CommitEvents: 256, CommitMS: 20,
		DedupOrigins: 1000, DedupWindow: 1000, WaitingMaxBytes: 1 << 30, DeadLetterAfter: 3,
	}
	if got := complete(t, parse(t, meshText(""))); !reflect.DeepEqual(*got.Mesh, want) {
		t.Errorf("%+v, want %+v", *got.Mesh, want)
	}
	if got := complete(t, config.Config{Mesh: config.DefaultMesh("nats://127.0.0.1:4222")}); !reflect.DeepEqual(*got.Mesh, want) {
		t.Errorf("%+v, want %+v", *got.Mesh, want)
	}
	if m := complete(t, parse(t, meshText(`"replicas": 3`))).Mesh; m.LeaseMS != 15_000 || m.StartTimeoutMS != 20_000 || m.RequestTimeoutMS != 12_000 {
		t.Errorf("with replicas %+v", m)
	}
	if m := complete(t, parse(t, meshText(`"commit_ms": 0, "lease_ms": 0`))).Mesh; m.CommitMS != 0 || m.LeaseMS != 5000 {
		t.Errorf("with zeros %+v", m)
	}
	if complete(t, parse(t, `{}`)).Mesh != nil {
		t.Error("a mesh that isn't configured")
	}
}

func TestEachKeyOfTheMesh(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	key := strings.Repeat("0a", 32)
	c := parse(t, `{"this_node": 7, "mesh": {"servers": ["tls://a:1", "nats://b"], "name": "prod-1_X", "credentials": "`+file+`", "tls_ca": "`+file+`",
		"tls_cert": "`+file+`", "tls_key": "`+file+`", "replicas": 3, "streams": 8, "events": "direct", "beat_interval_ms": 2000, "lease_ms": 20000,
		"start_timeout_ms": 1, "request_timeout_ms": 12001, "commit_events": 2, "commit_ms": 3, "dedup_origins": 4, "dedup_window": 5,
		"waiting_max_bytes": 6, "dead_letter_after": 9, "operators": ["`+key+`"]}}`)
	want := config.Mesh{
		Servers: []string{"tls://a:1", "nats://b"}, Name: "prod-1_X", Credentials: file, TLSCA: file, TLSCert: file, TLSKey: file, Replicas: 3, Streams: 8,
		Events: config.Direct, BeatIntervalMS: 2000, LeaseMS: 20000, StartTimeoutMS: 1, RequestTimeoutMS: 12001, CommitEvents: 2, CommitMS: 3,
		DedupOrigins: 4, DedupWindow: 5, WaitingMaxBytes: 6, DeadLetterAfter: 9, Operators: []string{key},
	}
	if !reflect.DeepEqual(*c.Mesh, want) {
		t.Errorf("%+v, want %+v", *c.Mesh, want)
	}
	fields := reflect.ValueOf(want)
	for i := range fields.NumField() {
		if fields.Field(i).IsZero() {
			t.Errorf("%s is not tested", fields.Type().Field(i).Name)
		}
	}
	// What is in force is shown, and can be read again.
	again := parse(t, string(complete(t, c).JSON()))
	if !reflect.DeepEqual(again.Mesh, c.Mesh) {
		t.Errorf("%+v, want %+v", again.Mesh, c.Mesh)
	}
}

// Each message names the key with its path, and where it is.
func TestAWrongMeshIsRefusedByItsKey(t *testing.T) {
	const at = "at line 1, column "
	missing := filepath.Join(t.TempDir(), "missing")
	for _, c := range []struct {
		text, place string
		words       []string
	}{
		{`{"mesh": 1}`, at + "10", []string{"mesh must be an object"}},
		{`{"mesh": null}`, at + "10", []string{"mesh must be an object"}},
		{`{"mesh": {}}`, at + "10", []string{"mesh.servers is missing"}},
		{`{"mesh": {"servers": []}}`, at + "11", []string{"mesh.servers is missing"}},
		{`{"mesh": {"servers": "x"}}`, at + "11", []string{"mesh.servers must be an array of strings"}},
		{`{"mesh": {"servers": ["x", 1]}}`, at + "11", []string{"mesh.servers must be an array"}},
		{`{"mesh": {"servers": ["x", null]}}`, at + "11", []string{"mesh.servers must be an array"}},
		{`{"mesh": {"servers": ["x", ""]}}`, at + "11", []string{"mesh.servers has an entry 1 that is no URL"}},
		{`{"mesh": {"servers": ["x"], "lease": 1}}`, at + "29", []string{`no key "mesh.lease"`, "lease_ms"}},
		{`{"mesh": {"servers": ["x"], "name": "a", "name": "a"}}`, at + "42", []string{`"mesh.name" twice`}},
		{`{"mesh": {"servers": ["x"]}, "mesh": {"servers": ["x"]}}`, at + "30", []string{`"mesh" twice`}},
		{meshText(`"name": "a b"`), at + "49", []string{"mesh.name", "letters"}},
		{meshText(`"name": "` + strings.Repeat("a", 65) + `"`), at + "49", []string{"mesh.name"}},
		{meshText(`"lease_ms": 1500`), at + "49", []string{"mesh.lease_ms", "whole seconds"}},
		{meshText(`"lease_ms": -1`), at + "49", []string{"mesh.lease_ms must be a whole number"}},
		{meshText(`"lease_ms": 5000, "replicas": 3`), at + "49", []string{"mesh.lease_ms", "15000"}},
		{meshText(`"replicas": 3, "request_timeout_ms": 11999`), at + "64", []string{"mesh.request_timeout_ms", "12000"}},
		{meshText(`"replicas": 6`), at + "49", []string{"mesh.replicas", "5"}},
		{meshText(`"events": "often"`), at + "49", []string{"mesh.events", `"durable" or "direct"`}},
		{meshText(`"credentials": "` + missing + `"`), at + "49", []string{"mesh.credentials", "can't be read"}},
		{meshText(`"tls_ca": "/"`), at + "49", []string{"mesh.tls_ca", "can't be read"}},
		{meshText(`"tls_cert": "mesh_test.go"`), at + "10", []string{"mesh.tls_key is missing"}},
		{meshText(`"operators": ["` + strings.Repeat("0", 63) + `"]`), at + "49", []string{"mesh.operators", "64 hex digits"}},
		{meshText(`"operators": ["` + strings.Repeat("g", 64) + `"]`), at + "49", []string{"mesh.operators"}},
	} {
		refusesConfig(t, c.text, c.words...)
		if _, err := config.Parse([]byte(c.text)); err != nil && !strings.Contains(err.Message, c.place) {
			t.Errorf("%s: %q is not %s", c.text, err.Message, c.place)
		}
	}
	refusesConfig(t, "{\n \"mesh\": {\n  \"servers\": [\"x\"],\n  \"lease_ms\": 1\n }\n}", "line 4, column 3", "mesh.lease_ms")
}

func TestSecretsOfServersAreNotShown(t *testing.T) {
	c := complete(t, config.Config{Mesh: config.DefaultMesh("nats://user:pass@host:4222/x", "token@host", "nats://plain")})
	var shown struct{ Mesh struct{ Servers []string } }
	if err := json.Unmarshal(c.JSON(), &shown); err != nil {
		t.Fatal(err)
	}
	if got, want := shown.Mesh.Servers, []string{"nats://host:4222/x", "host", "nats://plain"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	path := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(path, []byte(`{"mesh": {"servers": ["x"], "operators": ["topsecret"], "lease_ms": "topsecret"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Read(path); err == nil || err.Kind != fault.ConfigInvalid || strings.Contains(err.Message, "topsecret") || !strings.Contains(err.Message, "mesh.lease_ms") {
		t.Errorf("%v", err)
	}
}

// Hosts rely on the header's table of the mesh too.
func TestTheMeshesDefaultsAreThoseOfTheHeader(t *testing.T) {
	header, err := os.ReadFile("../../include/net_meshos_ext.h")
	if err != nil {
		t.Fatal(err)
	}
	var shown struct{ Mesh map[string]json.RawMessage }
	c := complete(t, config.Config{Mesh: config.DefaultMesh("x")})
	if err := json.Unmarshal(c.JSON(), &shown); err != nil {
		t.Fatal(err)
	}
	delete(shown.Mesh, "servers") // required
	for _, line := range regexp.MustCompile(`(?m)^ \*   mesh\.([a-z_]+) +("[a-z_]*"|[0-9]+|\[\]) `).FindAllStringSubmatch(string(header), -1) {
		if got := string(shown.Mesh[line[1]]); got != line[2] {
			t.Errorf("mesh.%s is %s, but %s in the header", line[1], strconv.Quote(got), line[2])
		}
		delete(shown.Mesh, line[1])
	}
	if len(shown.Mesh) > 0 {
		t.Errorf("not in the header: %s", shown.Mesh)
	}
}
