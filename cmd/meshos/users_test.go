//go:build mesh

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"netmeshos/internal/mesh/link"
)

// makeUsers makes those of two meshes on one server, and returns the folder.
func makeUsers(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, args := range [][]string{
		{"users", "--dir", dir, "--mesh", "test", "--node", "7", "--node", "0x8", "--streams", "2"},
		{"users", "--dir", dir, "--mesh", "other", "--node", "7"},
	} {
		if status := run(args, nil, &strings.Builder{}, os.Stderr); status != 0 {
			t.Fatalf("%v: status %d", args, status)
		}
	}
	return dir
}

// What a node and an operator do works with their permissions and no more.
func TestAMeshWithUsers(t *testing.T) {
	w := startWorld(t, makeUsers(t))
	var daemons []daemonJSON
	if w.json(&daemons, "daemons"); len(daemons) != 2 {
		t.Errorf("daemons %+v", daemons)
	}
	w.node.state = []byte(strings.Repeat("state", 300_000))
	file := filepath.Join(t.TempDir(), "state")
	w.run("snapshot", "shout", "-o", file)
	w.run("restore", "shout", "-i", file, "--key", w.key)
	w.run("drain", "7", "--key", w.key)
	if out := w.run("deliver", "shout", "hello"); out != "HELLO\n" {
		t.Error(out)
	}
	if status, _, errors := w.try("a\nb\n", "post", "shout"); status != 0 {
		t.Error(errors)
	}
	if out := w.run("events", "shout"); !strings.Contains(out, "2 events") {
		t.Error(out)
	}
	w.run("logs")
	w.run("audit")
	names := w.link.Names()
	into := make(chan link.Message, 8)
	following, err := w.link.Follow([]string{names.Log(shoutID), names.Leases(), names.Beats()}, into)
	if err != nil {
		t.Fatal(err)
	}
	defer following.Close()
	seq := w.store(names.Log(shoutID), "commit")
	select {
	case m := <-into:
		if m.Sequence != seq {
			t.Errorf("followed %+v", m)
		}
	case <-time.After(time.Minute):
		t.Error("the commit is not followed")
	}
	if err := w.link.Purge(context.Background(), names.StreamOf(shoutID), names.In(shoutID), 0); err != nil {
		t.Error(err)
	}
}

func TestWhatUsersMayNotDo(t *testing.T) {
	dir := makeUsers(t)
	w := startWorld(t, dir)
	names := w.link.Names()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	// What isn't allowed isn't answered: the server says so on the side.
	for _, subject := range []string{names.Lease(8)} {
		if _, err := w.link.Store(ctx, subject, []byte("x"), link.Storing{}); err == nil {
			t.Errorf("a node has stored %s", subject)
		}
		if m, err := w.link.Last(context.Background(), subject); !errors.Is(err, link.ErrNone) {
			t.Errorf("%s has %v, %v", subject, m, err)
		}
	}
	for _, c := range []struct {
		user, act, subject string
		publish            bool
	}{
		{"test.0000000000000008", "listen to another's answers", names.Inbox(7) + ".>", false},
		{"test.0000000000000008", "answer for another node", names.Node(7, "order"), false},
		{"test.0000000000000008", "write another's log", names.Lines(7), true},
		{"test.0000000000000008", "send another's beat", names.BeatOf(7), true},
		{"test.0000000000000008", "purge leases", "$JS.API.STREAM.PURGE." + names.MetaStream(), true},
		{"test.0000000000000008", "purge the audit stream", "$JS.API.STREAM.PURGE." + names.AuditStream(), true},
		{"test.0000000000000008", "delete a record of it", "$JS.API.STREAM.MSG.DELETE." + names.AuditStream(), true},
		{"test.0000000000000008", "change the audit stream", "$JS.API.STREAM.UPDATE." + names.AuditStream(), true},
		{"test.0000000000000008", "change the meta stream", "$JS.API.STREAM.UPDATE." + names.MetaStream(), true},
		{"test.operator", "commit", names.Log(shoutID), true},
		{"test.operator", "write leases", names.Lease(7), true},
		{"test.operator", "write the audit stream", names.Audit(), true},
		{"test.operator", "delete a stream", "$JS.API.STREAM.DELETE." + names.MetaStream(), true},
		{"test.0000000000000007", "delete a stream", "$JS.API.STREAM.DELETE." + names.MetaStream(), true},
		{"test.server", "read events", "meshos.test.re.>", false},
	} {
		t.Run(c.user+" can't "+c.act, func(t *testing.T) {
			refused := make(chan error, 8)
			conn, err := nats.Connect(w.url, nats.UserCredentials(filepath.Join(dir, c.user+".creds")),
				nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err }))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if c.publish {
				err = conn.Publish(c.subject, nil)
			} else {
				_, err = conn.SubscribeSync(c.subject)
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := conn.Flush(); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-refused:
				if !errors.Is(err, nats.ErrPermissionViolation) {
					t.Error(err)
				}
			case <-time.After(time.Minute):
				t.Error("the server says nothing")
			}
		})
	}
	t.Run("nobody can purge the audit stream, or delete in it", func(t *testing.T) {
		conn, err := nats.Connect(startWorld(t, "").url)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		for request, body := range map[string]string{"$JS.API.STREAM.PURGE.": "", "$JS.API.STREAM.MSG.DELETE.": `{"seq":1}`} {
			answer, err := conn.Request(request+names.AuditStream(), []byte(body), time.Minute)
			if err != nil || !strings.Contains(string(answer.Data), "not permitted") {
				t.Errorf("%s %s, %v", request, answer.Data, err)
			}
		}
	})
	t.Run("an operator of another mesh is told why", func(t *testing.T) {
		var out, errors strings.Builder
		status := run([]string{"nodes", "--server", w.url, "--mesh", "test", "--timeout", "1s", "--credentials", filepath.Join(dir, "other.operator.creds")}, nil, &out, &errors)
		if status != 3 || !strings.Contains(errors.String(), "Permissions Violation") {
			t.Errorf("status %d: %s", status, errors.String())
		}
	})
	t.Run("another mesh sees nothing", func(t *testing.T) {
		conn, err := nats.Connect(w.url, nats.UserCredentials(filepath.Join(dir, "other.0000000000000007.creds")),
			nats.CustomInboxPrefix(link.Names{Name: "other"}.Inbox(7)))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		js, err := conn.JetStream()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := js.StreamInfo("MESHOS_other_meta"); !errors.Is(err, nats.ErrStreamNotFound) {
			t.Error(err)
		}
	})
	t.Run("nobody comes in without", func(t *testing.T) {
		if conn, err := nats.Connect(w.url); err == nil {
			conn.Close()
			t.Error("one came in")
		}
	})
}

// A second call makes what is missing, and leaves the rest.
func TestUsersCanBeAdded(t *testing.T) {
	dir := makeUsers(t)
	before, err := os.ReadFile(filepath.Join(dir, "test.0000000000000007.creds"))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if status := run([]string{"users", "--dir", dir, "--mesh", "test", "--node", "7", "--node", "9", "--streams", "2"}, nil, &out, os.Stderr); status != 0 {
		t.Fatalf("status %d", status)
	}
	if made := strings.Fields(out.String()); len(made) != 1 || filepath.Base(made[0]) != "test.0000000000000009.creds" {
		t.Errorf("made %q", made)
	}
	if after, err := os.ReadFile(filepath.Join(dir, "test.0000000000000007.creds")); err != nil || string(after) != string(before) {
		t.Errorf("the file of node 7 has changed, %v", err)
	}
	w := startWorld(t, dir)
	conn, err := nats.Connect(w.url, nats.UserCredentials(filepath.Join(dir, "test.0000000000000009.creds")))
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	for _, pattern := range []string{"*.creds", "keys/*"} {
		files, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, file := range files {
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", file, info.Mode(), err)
			}
		}
		if len(files) == 0 {
			t.Errorf("no %s", pattern)
		}
	}
}
