package serve_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"netmeshos/cmd/meshos/serve"
)

// deadline of whatever a test waits for.
const deadline = time.Minute

// A running server of a test.
type running struct {
	url  string
	line string
	stop func() error // ends it and returns what Run has returned
	log  *lines
}

// lines is what a server writes, from several goroutines.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func options(t *testing.T) serve.Options {
	o := serve.Default()
	o.Listen, o.Store, o.Sync = "127.0.0.1:0", t.TempDir(), "2m"
	return o
}

// start runs a server until it is ready.
func start(t *testing.T, o serve.Options) running {
	t.Helper()
	if err := o.Check(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	log := &lines{}
	go func() {
		err := serve.Run(ctx, o, in, log)
		in.CloseWithError(fmt.Errorf("ended: %w", err))
		ended <- err
	}()
	var line [512]byte
	n, err := out.Read(line[:])
	if err != nil {
		cancel()
		t.Fatalf("%v\n%s", err, log)
	}
	r := running{line: string(line[:n]), log: log}
	_, rest, _ := strings.Cut(r.line, "ready at ")
	r.url, _, _ = strings.Cut(rest, ",")
	var once sync.Once
	var result error
	r.stop = func() error {
		once.Do(func() { cancel(); result = <-ended })
		return result
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("the server ended with: %v", err)
		}
	})
	return r
}

// refused runs a server that doesn't come up, and returns why.
func refused(t *testing.T, o serve.Options) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	err := serve.Run(ctx, o, io.Discard, io.Discard)
	if err == nil {
		t.Fatal("it came up")
	}
	return err.Error()
}

func connect(t *testing.T, url string, options ...nats.Option) *nats.Conn {
	t.Helper()
	c, err := nats.Connect(url, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestAServerKeepsWhatItHasStored(t *testing.T) {
	o := options(t)
	o.Sync = "always"
	s := start(t, o)
	if want := fmt.Sprintf("meshos: ready at %s, store %s, sync always\n", s.url, o.Store); s.line != want {
		t.Errorf("line %q, want %q", s.line, want)
	}
	js, err := connect(t, s.url).JetStream()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.AddStream(&nats.StreamConfig{Name: "S", Subjects: []string{"a"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish("a", []byte("kept")); err != nil {
		t.Fatal(err)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	js, _ = connect(t, start(t, o).url).JetStream()
	if m, err := js.GetMsg("S", 1); err != nil || string(m.Data) != "kept" {
		t.Errorf("message %v, %v", m, err)
	}
}

func TestAServerSaysWhyItDoesNotStart(t *testing.T) {
	t.Run("the port is taken", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		for option, set := range map[string]func(*serve.Options, string){
			"--listen":  func(o *serve.Options, at string) { o.Listen = at },
			"--http":    func(o *serve.Options, at string) { o.HTTP = at },
			"--cluster": func(o *serve.Options, at string) { o.Cluster, o.Routes = at, []string{"127.0.0.1:1"} },
		} {
			o := options(t)
			set(&o, l.Addr().String())
			if why := refused(t, o); !strings.Contains(why, option) || !strings.Contains(why, "taken by another program") {
				t.Error(why)
			}
		}
	})
	t.Run("the store is in use", func(t *testing.T) {
		o := options(t)
		start(t, o)
		if why := refused(t, o); !strings.Contains(why, o.Store) || !strings.Contains(why, "in use by another process") {
			t.Error(why)
		}
	})
	t.Run("the store is no folder", func(t *testing.T) {
		o := options(t)
		o.Store = filepath.Join(o.Store, "file")
		if err := os.WriteFile(o.Store, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if why := refused(t, o); !strings.Contains(why, "--store") || !strings.Contains(why, o.Store) {
			t.Error(why)
		}
	})
	t.Run("files are missing", func(t *testing.T) {
		for option, set := range map[string]func(*serve.Options){
			"--users":    func(o *serve.Options) { o.Users = "/no/users" },
			"--tls-cert": func(o *serve.Options) { o.TLSCert, o.TLSKey = "/no/cert", "/no/key" },
		} {
			o := options(t)
			set(&o)
			if why := refused(t, o); !strings.Contains(why, option) || !strings.Contains(why, "/no/") {
				t.Error(why)
			}
		}
	})
}

func TestOptionsThatAreWrongAreNamed(t *testing.T) {
	for option, set := range map[string]func(*serve.Options){
		"--listen":    func(o *serve.Options) { o.Listen = "4222" },
		"--http":      func(o *serve.Options) { o.HTTP = "127.0.0.1:66000" },
		"--cluster":   func(o *serve.Options) { o.Cluster = "x" },
		"--routes":    func(o *serve.Options) { o.Routes = []string{"127.0.0.1:1"} },
		"--sync":      func(o *serve.Options) { o.Sync = "never" },
		"--store":     func(o *serve.Options) { o.Store = "" },
		"--max-store": func(o *serve.Options) { o.Max = "much" },
		"--tls-cert":  func(o *serve.Options) { o.TLSKey = "key" },
		"--tls-ca":    func(o *serve.Options) { o.TLSCA = "ca" },
		"--token":     func(o *serve.Options) { o.Token, o.Users = "t", "u" },
	} {
		o := serve.Default()
		set(&o)
		if err := o.Check(); err == nil || !strings.HasPrefix(err.Error(), option) {
			t.Errorf("%s: %v", option, err)
		}
	}
	if o := serve.Default(); o.Check() != nil {
		t.Error(o.Check())
	}
}

func TestOnlyThoseWithTheTokenComeIn(t *testing.T) {
	o := options(t)
	o.Token = "open"
	s := start(t, o)
	connect(t, strings.Replace(s.url, "//", "//open@", 1))
	for _, token := range []string{"", "//shut@"} {
		if c, err := nats.Connect(strings.Replace(s.url, "//", token+map[bool]string{true: "//"}[token == ""], 1)); err == nil {
			c.Close()
			t.Errorf("%q came in", token)
		}
	}
}

func TestOnlyUsersOfTheFileComeIn(t *testing.T) {
	o := options(t)
	o.Users = filepath.Join(t.TempDir(), "users.conf")
	text := `accounts { A { jetstream: enabled, users: [{user: ann, password: a}] } }`
	if err := os.WriteFile(o.Users, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, o)
	js, err := connect(t, s.url, nats.UserInfo("ann", "a")).JetStream()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.AccountInfo(); err != nil {
		t.Error(err)
	}
	if c, err := nats.Connect(s.url); err == nil {
		c.Close()
		t.Error("nobody came in")
	}
}

// A file that lets nobody in isn't taken for one that lets everybody in.
func TestAFileWithoutUsersIsRefused(t *testing.T) {
	for _, text := range []string{"", "# users\n", "{{{", "accounts {}", "authorization {}", "authorization { users: [] }", "accounts { A { users: [] } }", "port: 5"} {
		o := options(t)
		o.Users = filepath.Join(t.TempDir(), "users.conf")
		if err := os.WriteFile(o.Users, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if why := refused(t, o); !strings.HasPrefix(why, "--users") || !strings.Contains(why, o.Users+" has no users") {
			t.Errorf("%q: %s", text, why)
		}
	}
}

func TestPagesShowTheServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := options(t)
	o.HTTP = l.Addr().String()
	l.Close()
	start(t, o)
	for page, want := range map[string]string{"healthz": `"ok"`, "varz": `"version"`} {
		r, err := http.Get("http://" + o.HTTP + "/" + page)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if !strings.Contains(string(text), want) {
			t.Errorf("%s: %.200s", page, text)
		}
	}
}
