//go:build mesh

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"netmeshos/cmd/meshos/serve"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/operators"
	"netmeshos/internal/mesh/orders"
)

// A world is a server with a mesh of one node, whose daemons are made up.
type world struct {
	t    *testing.T
	url  string
	args []string // how commands reach the mesh
	link *link.Link
	node *madeUp
	key  string // file
}

const (
	thisNode = 7
	instance = 0xabc
	shoutID  = 0xff
)

func startServer(t *testing.T, change func(*serve.Options)) string {
	t.Helper()
	o := serve.Default()
	o.Listen, o.Store, o.Sync = "127.0.0.1:0", t.TempDir(), "2m"
	if change != nil {
		change(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		in.CloseWithError(serve.Run(ctx, o, in, io.Discard))
	}()
	t.Cleanup(func() { cancel(); <-ended })
	var line [512]byte
	n, err := out.Read(line[:])
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(line[:n]), "ready at ")
	url, _, _ := strings.Cut(rest, ",")
	return url
}

// startWorld starts the server and the node. creds is a folder of meshos users; empty: anybody may come in.
func startWorld(t *testing.T, creds string) *world {
	t.Helper()
	w := &world{t: t, key: filepath.Join(t.TempDir(), "operator.key")}
	w.url = startServer(t, func(o *serve.Options) {
		if creds != "" {
			o.Users = filepath.Join(creds, "server.conf")
		}
	})
	w.args = []string{"--server", w.url, "--mesh", "test", "--timeout", "10s"}
	options := link.Options{
		Names: link.Names{Name: "test", Streams: 2}, Servers: []string{w.url}, Settings: map[string]int64{},
		Lease: time.Minute, StartTimeout: time.Minute, RequestTimeout: 20 * time.Second,
	}
	if creds != "" {
		w.args = append(w.args, "--credentials", filepath.Join(creds, "test.operator.creds"))
		options.Credentials, options.Inbox = filepath.Join(creds, "test.0000000000000007.creds"), options.Names.Inbox(thisNode)
	}
	l, failure := link.Open(context.Background(), options)
	if failure != nil {
		t.Fatal(failure)
	}
	t.Cleanup(l.Close)
	w.link = l
	w.serve()
	return w
}

// serve makes the node answer: its operator is the one whose key is in w.key.
func (w *world) serve() {
	w.t.Helper()
	public := strings.TrimSpace(w.run("keygen", "-o", w.key))
	var key [orders.KeySize]byte
	if _, err := fmt.Sscanf(public, "%x", new([]byte)); err != nil || len(public) != 64 {
		w.t.Fatalf("keygen printed %q", public)
	}
	if _, err := fmt.Sscanf(public, "%64x", &[]byte{}); err != nil {
		w.t.Fatal(err)
	}
	seed, err := readSeed(w.key)
	if err != nil {
		w.t.Fatal(err)
	}
	key = orders.PublicKey(seed)
	if fmt.Sprintf("%x", key) != public {
		w.t.Fatalf("keygen printed %s, the key in the file is %x", public, key)
	}
	w.node = &madeUp{operator: public}
	s, err := operators.Serve(operators.Options{
		Link: w.link, Who: orders.Who{Mesh: "test", Node: thisNode, Instance: instance, Operators: [][orders.KeySize]byte{key}},
		Host: w.node, Daemons: w.node, Warn: w.node.warn,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(s.Close)
	names := w.link.Names()
	stop, err := w.link.Serve(names.Node(thisNode, "nodes"), func(r link.Request) {
		page := `{"v":1,"nodes":[{"node_id":7,"node_id_hex":"0x0000000000000007","instance":"0x0000000000000abc","health":"Healthy",` +
			`"maintenance":"Active","rtt_ms":0.5,"daemons":1,"standbys":1,"version":"1.2.3","started_ms":1790000000000}],"more":true}`
		if strings.Contains(string(r.Data), `"after":7`) {
			page = `{"v":1,"nodes":[{"node_id":8,"node_id_hex":"0x0000000000000008","health":"Degraded","rtt_ms":null}],"more":false}`
		}
		_ = r.Respond([]byte(page))
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(stop)
	w.store(names.Lease(thisNode), `{"v":1,"instance":"0000000000000abc","started_ms":1790000000000,"version":"1.2.3"}`)
	w.store(names.Registration(shoutID, thisNode), `{"v":1,"name":"shout","instance":"0000000000000abc","stateless":false}`)
}

func (w *world) store(subject, text string) uint64 {
	w.t.Helper()
	seq, err := w.link.Store(context.Background(), subject, []byte(text), link.Storing{})
	if err != nil {
		w.t.Fatalf("%s: %v", subject, err)
	}
	return seq
}

// run runs a command that must succeed, and returns what it printed.
func (w *world) run(args ...string) string {
	w.t.Helper()
	status, out, errors := w.try("", args...)
	if status != 0 {
		w.t.Fatalf("meshos %s: status %d, %s", strings.Join(args, " "), status, errors)
	}
	return out
}

// try runs a command on the mesh.
func (w *world) try(in string, args ...string) (status int, out, errors string) {
	switch args[0] {
	case "keygen", "users":
	default:
		args = append(args, w.args...)
	}
	var o, e bytes.Buffer
	status = run(args, strings.NewReader(in), &o, &e)
	return status, o.String(), e.String()
}

func (w *world) json(value any, args ...string) {
	w.t.Helper()
	text := w.run(append(args, "--json")...)
	if err := json.Unmarshal([]byte(text), value); err != nil {
		w.t.Fatalf("meshos %s: %v in %s", strings.Join(args, " "), err, text)
	}
}

// madeUp is a node with one daemon, which notes what it is told.
type madeUp struct {
	mu       sync.Mutex
	told     []string
	warned   []string
	state    []byte
	failing  *fault.Error
	draining bool
	operator string // whose orders it takes
}

func (n *madeUp) note(format string, v ...any) *fault.Error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.told = append(n.told, fmt.Sprintf(format, v...))
	return n.failing
}

func (n *madeUp) warn(message string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.warned = append(n.warned, message)
}

func (n *madeUp) heard() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.told, "; ")
}

func (n *madeUp) warnings() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.warned, "; ")
}

func (n *madeUp) RuntimeJSON() []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	state := "Active"
	if n.draining {
		state = "Maintenance"
	}
	return fmt.Appendf(nil, `{"node_id":7,"config":{"mesh":{"operators":[%q]}},"maintenance":{"state":%q},"mesh":{"peers":[{"node_id":8}]},"daemons":[`+
		`{"id":255,"name":"shout","lifecycle":"running","health":"healthy","events_in":3,"outputs":2,"failures":1,"inbox_depth":4},`+
		`{"id":254,"name":"other","lifecycle":"standby"}]}`, n.operator, state)
}

func (n *madeUp) LogsJSON(after uint64, _ int) []byte {
	if after >= 2 {
		return []byte("[]")
	}
	return []byte(`[{"seq":1,"unix_ms":1790000000000,"level":"info","daemon_id":0,"node_id":7,"message":"first"},` +
		`{"seq":2,"unix_ms":1790000000001,"level":"warn","daemon_id":255,"node_id":7,"message":"second"}]`)
}

func (n *madeUp) EnterMaintenance(uint64) *fault.Error {
	err := n.note("drain")
	n.mu.Lock()
	defer n.mu.Unlock()
	n.draining = err == nil
	return err
}
func (n *madeUp) ExitMaintenance() *fault.Error { return n.note("resume") }
func (n *madeUp) SetLogLevel(least logs.Level)  { _ = n.note("log level %s", least) }
func (n *madeUp) StopDaemon(id, graceMS uint64) *fault.Error {
	return n.note("stop %x %d", id, graceMS)
}
func (n *madeUp) RestartDaemon(id uint64) *fault.Error { return n.note("restart %x", id) }
func (n *madeUp) Restore(id uint64, state []byte) *fault.Error {
	n.mu.Lock()
	n.state = state
	n.mu.Unlock()
	return n.note("restore %x", id)
}
func (n *madeUp) Snapshot(uint64) ([]byte, *fault.Error) { return n.state, n.failing }
func (n *madeUp) Post(id uint64, events []event.Event, _ time.Duration) (int, *fault.Error) {
	return len(events), n.note("post %x %d", id, len(events))
}
func (n *madeUp) Deliver(id uint64, e event.Event, reply func(event.Batch)) *fault.Error {
	if err := n.note("deliver %x %d/%d %s", id, e.Origin, e.Sequence, e.Payload); err != nil {
		return err
	}
	var b event.Batch
	b.Add(event.Event{Origin: id, Sequence: 1, Payload: bytes.ToUpper(e.Payload)})
	reply(b)
	return nil
}
