//go:build mesh

package link

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-json"

	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshtest"
)

// refuses opens and wants an error of a kind, with all words, within the time.
func refuses(t *testing.T, o Options, kind fault.Kind, words ...string) {
	t.Helper()
	l, f := Open(context.Background(), o)
	if f == nil {
		l.Close()
		t.Fatal("it opens")
	}
	if f.Kind != kind {
		t.Errorf("%v, want kind %s", f, kind)
	}
	for _, word := range words {
		if !strings.Contains(f.Message, word) {
			t.Errorf("%q does not say %q", f.Message, word)
		}
	}
	t.Log(f)
}

func TestOpenRefusesWhatIsNoConfiguration(t *testing.T) {
	folder := t.TempDir()
	nothing, missing := filepath.Join(folder, "nothing.pem"), filepath.Join(folder, "missing")
	if err := os.WriteFile(nothing, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	base := Options{Names: Names{Name: "test"}, Servers: []string{"nats://127.0.0.1:1"}}
	for name, c := range map[string]struct {
		change func(*Options)
		word   string
	}{
		"name":                 {func(o *Options) { o.Names.Name = "a.b" }, "mesh.name"},
		"no servers":           {func(o *Options) { o.Servers = nil }, "mesh.servers"},
		"scheme":               {func(o *Options) { o.Servers = []string{"http://127.0.0.1:1"} }, "mesh.servers"},
		"no host":              {func(o *Options) { o.Servers = []string{"nats://"} }, "mesh.servers"},
		"credentials":          {func(o *Options) { o.Credentials = missing }, "mesh.credentials"},
		"credentials are none": {func(o *Options) { o.Credentials = nothing }, "mesh.credentials"},
		"ca":                   {func(o *Options) { o.TLSCA = missing }, "mesh.tls_ca"},
		"ca is none":           {func(o *Options) { o.TLSCA = nothing }, "mesh.tls_ca"},
		"cert":                 {func(o *Options) { o.TLSCert, o.TLSKey = missing, nothing }, "mesh.tls_cert"},
		"key":                  {func(o *Options) { o.TLSCert, o.TLSKey = nothing, missing }, "mesh.tls_key"},
		"only a cert":          {func(o *Options) { o.TLSCert = nothing }, "mesh.tls_key"},
		"cert is none":         {func(o *Options) { o.TLSCert, o.TLSKey = nothing, nothing }, "mesh.tls_cert"},
	} {
		t.Run(name, func(t *testing.T) {
			o := base
			c.change(&o)
			refuses(t, o, fault.InvalidArgument, c.word)
		})
	}
}

func TestOpenTakesTheServerThatAnswers(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	o := options(s)
	o.Servers = []string{"nats://127.0.0.1:1", s.URL}
	l := open(t, o)
	must(t)(l.Store(within(t), l.Names().In(4), nil, Storing{}))
}

// stub is a server that only says who it is.
func stub(t *testing.T, info string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() { // ends with the listener
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				fmt.Fprintf(conn, "INFO %s\r\n", info)
				buffer := make([]byte, 4096)
				for {
					n, err := conn.Read(buffer)
					if err != nil {
						return
					}
					if strings.Contains(string(buffer[:n]), "PING") {
						fmt.Fprint(conn, "PONG\r\n")
					}
				}
			}()
		}
	}()
	return "nats://" + listener.Addr().String()
}

func TestOpenRefusesAnOlderServer(t *testing.T) {
	url := stub(t, `{"server_id":"x","version":"2.14.9","headers":true,"max_payload":1048576,"jetstream":true,"proto":1}`)
	refuses(t, Options{Names: Names{Name: "test"}, Servers: []string{url}}, fault.MeshUnavailable, url, "2.14.9", "2.15.0 or newer")
}

// A server whose messages are so short that no event would fit is refused before anything is stored.
func TestOpenRefusesAServerOfShortMessages(t *testing.T) {
	for _, most := range []int{100, 4096, LeastMessage - 1} {
		url := stub(t, fmt.Sprintf(`{"server_id":"x","version":"2.15.0","headers":true,"max_payload":%d,"jetstream":true,"proto":1}`, most))
		refuses(t, Options{Names: Names{Name: "test"}, Servers: []string{url}}, fault.MeshUnavailable, url, fmt.Sprintf("max_payload is %d", most), fmt.Sprint(LeastMessage))
	}
	s := meshtest.Start(t, meshtest.Options{Config: fmt.Sprintf("max_payload: %d\n", LeastMessage)})
	l := open(t, options(s))
	n := l.Names()
	must(t)(l.Store(within(t), n.In(4), make([]byte, MaxPayload(l.MaxData())), Storing{}))
}

func TestTooOld(t *testing.T) {
	for version, old := range map[string]bool{"2.15.0": false, "2.15.3": false, "2.16.0-RC.1": false, "3.0.0": false, "2.14.99": true, "1.20.0": true, "": true, "dev": true} {
		if (tooOld(version) != "") != old {
			t.Errorf("%q: %q", version, tooOld(version))
		}
	}
}

func TestOpenRefusesAnAccountWithoutJetStream(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{Config: fmt.Sprintf("jetstream { store_dir: %q }\naccounts { A: { users: [ { user: u, password: p } ] }, B: { jetstream: enabled, users: [ { user: v, password: p } ] } }\n", t.TempDir())})
	o := options(s)
	o.Servers = []string{"nats://u:p@" + s.URL[len("nats://"):]}
	o.StartTimeout = 4 * deadline
	ends(t, "the start", func() {
		refuses(t, o, fault.MeshUnavailable, s.URL, "is not there for the account of this user", "JetStream not enabled for account")
	})
}

// A start that has no time says so, whatever it was about to do.
func TestOpenInNoTime(t *testing.T) {
	s, _ := start(t)
	o := options(s)
	for _, limit := range []time.Duration{time.Microsecond, time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond} {
		o.StartTimeout = limit
		l, f := Open(context.Background(), o)
		if f == nil {
			l.Close()
		} else if strings.Contains(f.Message, "for this user") {
			t.Errorf("in %v: %v", limit, f)
		}
	}
}

func TestOpenRefusesAServerWithoutJetStream(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{Config: "# no jetstream\n"})
	refuses(t, options(s), fault.MeshUnavailable, s.URL, "no JetStream")
}

func TestOpenRefusesOthersStreams(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	ctx := within(t)
	admin := open(t, Options{Names: Names{Name: "admin"}, Servers: []string{s.URL}})
	make := func(config map[string]any) {
		t.Helper()
		if err := admin.api(ctx, "STREAM.CREATE."+config["name"].(string), config, nil); err != nil {
			t.Fatal(err)
		}
	}
	with := func(name string) Options {
		o := options(s)
		o.Names.Name = name
		return o
	}
	make(map[string]any{"name": "MESHOS_a_meta", "subjects": []string{"orders.a"}})
	refuses(t, with("a"), fault.ConfigInvalid, "MESHOS_a_meta", "not made by this library")
	make(map[string]any{"name": "OTHER", "subjects": []string{"meshos.b.ev.>"}})
	refuses(t, with("b"), fault.ConfigInvalid, "mesh.name", "meshos.b.ev.0.>")

	// Ours, with a setting that somebody has changed.
	raw, err := json.Marshal(admin.eventStream(0))
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]any{"max_age": int64(time.Hour), "retention": "workqueue", "discard": "old", "max_msgs_per_subject": 5, "allow_direct": false, "republish": nil, "no_ack": true} {
		name := "c" + strings.ReplaceAll(key, "_", "")
		var config map[string]any
		if err := json.Unmarshal([]byte(strings.ReplaceAll(string(raw), "admin", name)), &config); err != nil {
			t.Fatal(err)
		}
		config[key] = value
		if value == nil {
			delete(config, key)
		}
		make(config)
		refuses(t, with(name), fault.ConfigInvalid, "MESHOS_"+name+"_0", key)
	}
}

func TestOpenComparesWhatBelongsToTheMesh(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	o := options(s)
	o.Settings = map[string]int64{"waiting_max_bytes": 1000}
	open(t, o)
	open(t, o)
	o.Settings = map[string]int64{"waiting_max_bytes": 2000}
	refuses(t, o, fault.ConfigInvalid, "mesh.waiting_max_bytes is 2000 here, and 1000 in the mesh")
	o.Settings = map[string]int64{"waiting_max_bytes": 1000, "newer": 1}
	open(t, o) // decides what the first one did not know
	o.Settings = map[string]int64{"waiting_max_bytes": 1000, "newer": 2}
	refuses(t, o, fault.ConfigInvalid, "mesh.newer is 2 here, and 1 in the mesh")
	o.Settings = nil
	open(t, o)
	o.Names.Streams = 3
	refuses(t, o, fault.ConfigInvalid, "mesh.streams is 3 here, and 2 in the mesh")
	o.Names.Streams, o.Replicas = 2, 3
	refuses(t, o, fault.ConfigInvalid, "mesh.replicas is 3 here, and 1 in the mesh")
	o.Names.Name = "other"
	refuses(t, o, fault.ConfigInvalid, "mesh.replicas")
}

// What somebody else has stored as the settings stops every start, and the error says how to get rid of it.
func TestOpenSaysWhichMessageIsNotTheMeshs(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	o := options(s)
	l := open(t, o)
	names := l.Names()
	for _, garbage := range []string{"", "garbage", "7", "{}", `{"v":"1"}`, `{"settings":{"replicas":1}}`} {
		must(t)(l.Store(within(t), names.Settings(), []byte(garbage), Storing{}))
		refuses(t, o, fault.ConfigInvalid, names.Settings(), "nats stream purge "+names.MetaStream()+" --subject "+names.Settings())
		if err := l.Purge(within(t), names.MetaStream(), names.Settings(), 0); err != nil {
			t.Fatal(err)
		}
		open(t, o)
	}
	must(t)(l.Store(within(t), names.Settings(), []byte(`{"v":2}`), Storing{}))
	refuses(t, o, fault.ConfigInvalid, "format 2", "newer version")
	must(t)(l.Remove(within(t), names.Settings(), nil))
	open(t, o)
}

func TestManyNodesOpenAtOnce(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	o := options(s)
	o.Names.Streams = 4
	var group sync.WaitGroup
	for range 16 {
		group.Add(1)
		go func() {
			defer group.Done()
			l, f := Open(context.Background(), o)
			if f != nil {
				t.Error(f)
				return
			}
			defer l.Close()
			must(t)(l.Store(context.Background(), l.Names().In(3), nil, Storing{}))
		}()
	}
	group.Wait()
}
