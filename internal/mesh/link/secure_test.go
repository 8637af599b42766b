//go:build mesh

package link

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshtest"
)

func TestCertificates(t *testing.T) {
	ours, others := meshtest.NewAuthority(t), meshtest.NewAuthority(t)
	node, nodeKey := ours.Leaf(t, "node", "127.0.0.1", time.Hour)
	for name, c := range map[string]struct {
		address, more string
		until         time.Duration
		change        func(*Options)
		words         []string // none: it opens
	}{
		"good":       {address: "127.0.0.1", until: time.Hour},
		"expired":    {address: "127.0.0.1", until: -time.Hour, words: []string{"expired"}},
		"wrong host": {address: "127.0.0.2", until: time.Hour, words: []string{"another host"}},
		"other CA":   {address: "127.0.0.1", until: time.Hour, change: func(o *Options) { o.TLSCA = others.CA }, words: []string{"authority", "mesh.tls_ca"}},
		"no CA":      {address: "127.0.0.1", until: time.Hour, change: func(o *Options) { o.TLSCA = "" }, words: []string{"authority", "mesh.tls_ca"}},
		"node's":     {address: "127.0.0.1", until: time.Hour, more: "verify: true", change: func(o *Options) { o.TLSCert, o.TLSKey = node, nodeKey }},
		"none of it": {address: "127.0.0.1", until: time.Hour, more: "verify: true", words: []string{"mesh.tls_cert"}},
		"tls in URL": {address: "127.0.0.1", until: time.Hour, change: func(o *Options) { o.Servers[0] = "tls" + o.Servers[0][4:] }},
	} {
		t.Run(name, func(t *testing.T) {
			cert, key := ours.Leaf(t, "server", c.address, c.until)
			s := meshtest.Start(t, meshtest.Options{Config: fmt.Sprintf("tls { cert_file: %q, key_file: %q, ca_file: %q, %s }\n", cert, key, ours.CA, c.more)})
			o := options(s)
			o.TLSCA = ours.CA
			if c.change != nil {
				c.change(&o)
			}
			if c.words == nil {
				l := open(t, o)
				must(t)(l.Store(within(t), l.Names().In(4), nil, Storing{}))
				if l.way.Load() != nil {
					t.Fatal("messages may go past TLS")
				}
				return
			}
			o.StartTimeout = 5 * time.Second
			refuses(t, o, fault.MeshUnavailable, append(c.words, s.URL)...)
		})
	}
}

func TestAServerWithoutTLS(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	o := options(s)
	o.TLSCA = meshtest.NewAuthority(t).CA
	refuses(t, o, fault.MeshUnavailable, s.URL, "does not use TLS")
}

func TestUsersAndTokens(t *testing.T) {
	for name, c := range map[string]struct{ config, login, refused string }{
		"user":  {`authorization { user: "u", password: "secret" }`, "u:secret@", "u:wrong@"},
		"token": {`authorization { token: "secret" }`, "secret@", "wrong@"},
	} {
		t.Run(name, func(t *testing.T) {
			s := meshtest.Start(t, meshtest.Options{Config: c.config + "\n"})
			o := options(s)
			for _, login := range []string{"", c.refused} {
				o.Servers = []string{"nats://" + login + s.URL[len("nats://"):]}
				refuses(t, o, fault.MeshUnavailable, s.URL+": it refuses the user, token or credentials")
			}
			o.Servers = []string{"nats://" + c.login + s.URL[len("nats://"):]}
			open(t, o)
		})
	}
}

// What the server's permissions forbid is an error at once, and not silence.
func TestPermissions(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{Config: `authorization { users: [ { user: "u", password: "p", permissions { publish: { deny: ["meshos.test.ev.0.>", "meshos.test.node.>"] } } } ] }` + "\n"})
	o := options(s)
	o.Servers = []string{"nats://u:p@" + s.URL[len("nats://"):]}
	l := open(t, o)
	_, err := l.Store(within(t), l.Names().In(4), nil, Storing{})
	wants(t, err, ErrRefused)
	_, err = l.Request(within(t), l.Names().Node(4, "ping"), nil)
	wants(t, err, ErrRefused)
	must(t)(l.Store(within(t), l.Names().In(5), nil, Storing{}))
}

// So is what they forbid to listen to: at the start already, if it is the answers to the node.
func TestForbiddenSubscriptions(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{Config: `authorization { users: [ { user: "u", password: "p", permissions { subscribe: { deny: ["_INBOX.meshos.test.0000000000000009.>", "meshos.test.re.0.>", "meshos.test.node.*.order"] } } } ] }` + "\n"})
	o := options(s)
	o.Servers = []string{"nats://u:p@" + s.URL[len("nats://"):]}
	o.StartTimeout = 4 * deadline
	o.Inbox = o.Names.Inbox(9)
	ends(t, "a start without answers", func() {
		refuses(t, o, fault.MeshUnavailable, s.URL, "credentials", "Permissions Violation for Subscription to", o.Inbox)
	})
	o.Inbox = o.Names.Inbox(8)
	l := open(t, o)
	n := l.Names()
	into := make(chan Message, 1)
	_, err := l.Follow([]string{n.In(4)}, into)
	wants(t, err, ErrRefused)
	_, err = l.Serve(n.Node(8, "order"), func(Request) {})
	wants(t, err, ErrRefused)
	following, err := l.Follow([]string{n.In(5)}, into)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, following.Add(n.Log(4)), ErrRefused)
	following.Close()
	stop, err := l.Serve(n.Node(8, "ping"), func(Request) {})
	if err != nil {
		t.Fatal(err)
	}
	stop()
}

// docs/mesh.md lists what a node needs. It is enough.
func TestTheDocumentedPermissionsAreEnough(t *testing.T) {
	names := Names{"test", 2}
	publish, subscribe := []string{"$JS.API.INFO", "meshos.test.>"}, []string{names.Inbox(7) + ".>", "meshos.test.>"}
	for _, stream := range []string{names.Stream(0), names.Stream(1), names.MetaStream(), names.AuditStream()} {
		for _, verb := range []string{"STREAM.INFO", "STREAM.CREATE", "STREAM.MSG.GET", "DIRECT.GET"} {
			publish = append(publish, "$JS.API."+verb+"."+stream)
		}
	}
	for k := range names.Streams {
		publish = append(publish, "$JS.API.STREAM.PURGE."+names.Stream(k))
	}
	// The other node answers on its own inbox only because the server lets it publish to a reply subject once.
	s := meshtest.Start(t, meshtest.Options{Config: fmt.Sprintf("authorization { users: [ { user: u, password: p, permissions { publish: { allow: [\"%s\"] }, subscribe: { allow: [\"%s\"] }, allow_responses: true } } ] }\n",
		strings.Join(publish, "\", \""), strings.Join(subscribe, "\", \""))})
	o := options(s)
	o.Servers = []string{"nats://u:p@" + s.URL[len("nats://"):]}
	o.Inbox = names.Inbox(7)
	var lines []string
	o.Log = func(level, message string) { lines = append(lines, level+" "+message) }
	l := open(t, o)
	ctx, n := within(t), l.Names()
	into := follow(t, l, n.In(4))
	first := must(t)(l.Store(ctx, n.In(4), []byte("x"), Storing{}))
	if m := next(t, into); m.Sequence != first {
		t.Errorf("%+v", m)
	}
	if _, err := l.Last(ctx, n.In(4)); err != nil {
		t.Error(err)
	}
	if _, err := l.Read(ctx, n.StreamOf(4), []string{n.In(4)}, 0, 10); err != nil {
		t.Error(err)
	}
	if _, err := l.LastOf(ctx, n.MetaStream(), n.Leases()); err != nil {
		t.Error(err)
	}
	if err := l.Purge(ctx, n.StreamOf(4), n.In(4), 0); err != nil {
		t.Error(err)
	}
	stop, err := l.Serve(n.Node(7, "*"), func(r Request) { _ = r.Respond(r.Data) })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if _, err := l.Request(ctx, n.Node(7, "ping"), nil); err != nil {
		t.Error(err)
	}
	l.Close()
	if len(lines) > 0 {
		t.Errorf("the log says %q", lines)
	}
}
