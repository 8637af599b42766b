//go:build mesh

package mesh_test

import (
	"bytes"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"netmeshos/internal/config"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

// meshosRun runs the operators' program, which must succeed.
func meshosRun(t *testing.T, program string, args ...string) string {
	t.Helper()
	command := exec.Command(program, args...)
	var out, errors bytes.Buffer
	command.Stdout, command.Stderr = &out, &errors
	if err := command.Run(); err != nil {
		t.Fatalf("meshos %s: %v\n%s", strings.Join(args, " "), err, errors.String())
	}
	return out.String()
}

// large is a daemon whose state is longer than a message.
type large struct{ counter }

func (l *large) Snapshot() []byte { return append(l.counter.Snapshot(), make([]byte, 1_200_000)...) }

func (l *large) Restore(state []byte) error { return l.counter.Restore(state[:min(len(state), 8)]) }

// Nodes and operators do all that they can do with the permissions of meshos users, and the servers refuse nothing.
func TestAMeshWithThePermissionsOfItsUsers(t *testing.T) {
	program := meshtest.Program(t)
	dir := t.TempDir()
	meshosRun(t, program, "users", "--dir", dir, "--node", "1", "--node", "2")
	meshosRun(t, program, "users", "--dir", dir, "--mesh", "other", "--node", "1")
	s := meshtest.Start(t, meshtest.Options{Arguments: []string{"--users", filepath.Join(dir, "server.conf")}})
	key := filepath.Join(dir, "ops.key")
	operator := strings.TrimSpace(meshosRun(t, program, "keygen", "-o", key))
	join := func(c *meshos.Config) {
		c.Mesh.Credentials = filepath.Join(dir, "meshos."+link.Hex(c.ThisNode)+".creds")
		c.Mesh.RequestTimeoutMS = 30_000 // delivers wait for commits of a large state
		c.Mesh.Operators = []string{operator}
	}
	one, two := start(t, s, 1, join), start(t, s, 2, join)
	operate := func(args ...string) string {
		t.Helper()
		return meshosRun(t, program, append(args, "--timeout", "30s", "--server", s.URL, "--credentials", filepath.Join(dir, "meshos.operator.creds"))...)
	}
	order := func(args ...string) { t.Helper(); operate(append(args, "--key", key)...) }

	from, to, standby := new(large), new(counter), new(large)
	h := register(t, one, 1, from)
	producer, subscriber := h.ID(), register(t, two, 2, to).ID()
	eventually(t, "it is run", func() bool { return lifecycle(t, one, producer) == "running" })
	if err := two.Subscribe(producer, subscriber); err != nil {
		t.Fatal(err)
	}
	post(t, two, producer, 1, 100)
	flush(t, two, producer)
	eventually(t, "the outputs come", func() bool { return to.counted() == 100 })
	if err := two.Deliver(producer, events(101, 1)[0], nil); err != nil {
		t.Error(err)
	}
	state, err := two.Snapshot(producer)
	if err != nil || len(state) != 8+1_200_000 {
		t.Errorf("%d bytes of state, %v", len(state), err)
	}
	if err := two.Restore(producer, state); err != nil {
		t.Error(err)
	}
	standBy(t, two, 1, standby)

	file := filepath.Join(dir, "state")
	operate("snapshot", "daemon-1", "-o", file)
	order("drain", "1", "--wait")
	eventually(t, "the standby runs it", func() bool { return lifecycle(t, two, producer) == "running" })
	order("resume", "1")
	order("log-level", "1", "error")
	kept := len(one.Logs(0, 10_000))
	if err := h.PublishLog(meshos.LevelWarn, "below"); err != nil {
		t.Fatal(err)
	}
	if err := h.PublishLog(meshos.LevelError, "above"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the error is kept", func() bool { return len(one.Logs(0, 10_000)) > kept })
	if lines := one.Logs(0, 10_000); len(lines) != kept+1 || lines[kept].Message != "above" {
		t.Errorf("the log has kept %+v", lines[kept:])
	}
	order("log-level", "1", "trace")
	order("stop", "daemon-2")
	order("restart", "daemon-2")
	order("restore", "daemon-1", "-i", file)
	operate("post", "daemon-1", filepath.Join("users_test.go"))
	operate("deliver", "daemon-1", "x")
	for _, args := range [][]string{{"nodes"}, {"daemons"}, {"daemon", "daemon-1"}, {"peers"}, {"logs"}, {"events", "daemon-2"}} {
		operate(args...)
	}
	if audit := operate("audit"); strings.Count(audit, "\n") != 8 {
		t.Errorf("the audit stream has\n%s", audit)
	}
	if err := one.Unsubscribe(producer, subscriber); err != nil {
		t.Error(err)
	}

	// A node that is gone is taken out of the queues by the others.
	if err := two.Shutdown(); err != nil {
		t.Error(err)
	}
	eventually(t, "the first runs it again", func() bool { return lifecycle(t, one, producer) == "running" })
	order("forget", link.Hex(subscriber))
	for _, sdk := range []*meshos.SDK{one, two} {
		for _, r := range sdk.Logs(0, 10_000) {
			if strings.Contains(r.Message, "refuse") {
				t.Errorf("node %d: %s", sdk.NodeID(), r.Message)
			}
		}
	}
	foreigners(t, s, dir)
}

// foreigners shows that those of another mesh on the same servers get nowhere.
func foreigners(t *testing.T, s *meshtest.Server, dir string) {
	t.Helper()
	creds := filepath.Join(dir, "other.0000000000000001.creds")
	c := meshos.Config{ThisNode: 1}
	join := func(name string) error {
		c.Mesh = config.DefaultMesh(s.URL)
		c.Mesh.Name, c.Mesh.Credentials, c.Mesh.StartTimeoutMS = name, creds, 3000
		sdk, err := meshos.Start(c)
		if err == nil {
			_ = sdk.Shutdown()
		}
		return err
	}
	if err := join("meshos"); !is(err, fault.MeshUnavailable) {
		t.Errorf("with the credentials of another mesh: %v, want mesh_unavailable", err)
	}
	if err := join("other"); err != nil {
		t.Errorf("the other mesh: %v", err)
	}
	refused := make(chan error, 16)
	conn, err := nats.Connect(s.URL, nats.UserCredentials(creds), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err }))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, subject := range []string{"meshos.meshos.ev.0.0000000000000001.in", "meshos.meshos.meta.mesh", "meshos.meshos.audit", "$JS.API.STREAM.PURGE.MESHOS_meshos_0"} {
		if err := conn.Publish(subject, []byte("x")); err != nil {
			t.Fatal(err)
		}
		if err := conn.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := <-refused; !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("%s: %v", subject, err)
		}
	}
}
