//go:build mesh

package mesh_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-json"

	"netmeshos/internal/mesh/meshtest"
)

// nodeProgram compiles the C node of ctests/mesh, which is linked with the library that make has built.
func nodeProgram(t *testing.T) (program, libraries string) {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(file), "..", "..")
	build := os.Getenv("BUILD")
	if build == "" {
		build = "build"
	}
	if !filepath.IsAbs(build) {
		build = filepath.Join(root, build)
	}
	libraries = filepath.Join(build, "mesh")
	cc, err := exec.LookPath("cc")
	if err == nil {
		_, err = os.Stat(filepath.Join(libraries, "libnet_meshos.so"))
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	sources, err := filepath.Glob(filepath.Join(root, "ctests", "mesh", "*.c"))
	if err != nil {
		t.Fatal(err)
	}
	program = filepath.Join(t.TempDir(), "node")
	arguments := append([]string{"-std=c11", "-I" + filepath.Join(root, "include"), "-o", program}, sources...)
	if out, err := exec.Command(cc, append(arguments, "-L"+libraries, "-lnet_meshos", "-lpthread")...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program, libraries
}

// join starts a C node, which ends at once, and returns the first line that it says.
func join(t *testing.T, program, libraries string, mesh map[string]any) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"this_node": 7, "mesh": mesh})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "node.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	node := exec.CommandContext(ctx, program, file) // its input is empty, with which it ends
	node.Env = append(os.Environ(), "LD_LIBRARY_PATH="+libraries)
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Scan()
	said := lines.Text()
	for lines.Scan() {
		continue
	}
	_ = node.Wait() // what it has said tells
	if ctx.Err() != nil {
		t.Errorf("it waits in silence, and has said %q", said)
	}
	return said
}

// What keeps a node out of meshos up is an error in words, from C, and nobody waits.
func TestTheDoorsOfAServer(t *testing.T) {
	program, libraries := nodeProgram(t)
	ours, others := meshtest.NewAuthority(t), meshtest.NewAuthority(t)
	cert, key := ours.Leaf(t, "server", "127.0.0.1", time.Hour)
	old, oldKey := ours.Leaf(t, "old", "127.0.0.1", -time.Hour)
	far, farKey := ours.Leaf(t, "far", "127.0.0.2", time.Hour)
	node, nodeKey := ours.Leaf(t, "node", "127.0.0.1", time.Hour)
	self := filepath.Join(t.TempDir(), "self")
	tls := []string{"--tls-cert", cert, "--tls-key", key}
	type mesh = map[string]any
	for name, c := range map[string]struct {
		server []string
		mesh   mesh
		login  string
		words  []string
	}{
		"the right authority": {server: tls, mesh: mesh{"tls_ca": ours.CA}, words: []string{"ready"}},
		"tls in the URL":      {server: tls, mesh: mesh{"tls_ca": ours.CA}, login: "tls://", words: []string{"ready"}},
		"another authority":   {server: tls, mesh: mesh{"tls_ca": others.CA}, words: []string{"-2 mesh_unavailable", "authority", "mesh.tls_ca"}},
		"no authority":        {server: tls, words: []string{"-2 mesh_unavailable", "authority", "mesh.tls_ca"}},
		"expired":             {server: []string{"--tls-cert", old, "--tls-key", oldKey}, mesh: mesh{"tls_ca": ours.CA}, words: []string{"-2 mesh_unavailable", "expired"}},
		"another host":        {server: []string{"--tls-cert", far, "--tls-key", farKey}, mesh: mesh{"tls_ca": ours.CA}, words: []string{"-2 mesh_unavailable", "another host"}},
		"no certificate of a node": {server: append([]string{"--tls-ca", ours.CA}, tls...), mesh: mesh{"tls_ca": ours.CA},
			words: []string{"-2 mesh_unavailable", "mesh.tls_cert"}},
		"a node's certificate": {server: append([]string{"--tls-ca", ours.CA}, tls...), mesh: mesh{"tls_ca": ours.CA, "tls_cert": node, "tls_key": nodeKey},
			words: []string{"ready"}},
		"no TLS there":        {mesh: mesh{"tls_ca": ours.CA}, words: []string{"-2 mesh_unavailable", "does not use TLS"}},
		"the token":           {server: []string{"--token", "secret"}, login: "nats://secret@", words: []string{"ready"}},
		"another token":       {server: []string{"--token", "secret"}, login: "nats://wrong@", words: []string{"-2 mesh_unavailable", "refuses the user, token or credentials"}},
		"no token":            {server: []string{"--token", "secret"}, words: []string{"-2 mesh_unavailable", "refuses the user, token or credentials"}},
		"credentials of none": {mesh: mesh{"credentials": self}, words: []string{"-3 invalid_argument", "mesh.credentials"}},
		"another protocol":    {login: "http://", words: []string{"-3 invalid_argument", "mesh.servers"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := meshtest.Start(t, meshtest.Options{Arguments: append([]string{"--verbose"}, c.server...)})
			if c.login == "" {
				c.login = "nats://"
			}
			all := mesh{"servers": []string{c.login + s.URL[len("nats://"):]}}
			for key, value := range c.mesh {
				all[key] = value
			}
			if err := os.WriteFile(self, []byte("nothing"), 0o600); err != nil {
				t.Fatal(err)
			}
			said := join(t, program, libraries, all)
			for _, word := range c.words {
				if !strings.Contains(said, word) {
					t.Errorf("%q doesn't say %q", said, word)
				}
			}
			if strings.Contains(said, "secret") || strings.Contains(said, "wrong@") {
				t.Errorf("%q gives the token away", said)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		said := join(t, program, libraries, mesh{"servers": []string{"nats://127.0.0.1:1"}, "start_timeout_ms": 1000})
		if !strings.Contains(said, "-2 mesh_unavailable") || !strings.Contains(said, "refused") {
			t.Error(said)
		}
	})
	t.Run("no JetStream", func(t *testing.T) {
		s := meshtest.Start(t, meshtest.Options{Config: "# no jetstream\n"})
		if said := join(t, program, libraries, mesh{"servers": []string{s.URL}}); !strings.Contains(said, "-2 mesh_unavailable") || !strings.Contains(said, "no JetStream") {
			t.Error(said)
		}
	})
}
