//go:build mesh

package link

import (
	"context"
	"testing"
	"time"

	"netmeshos/internal/mesh/meshtest"
)

// While the client waits for the first words of a server that hangs, nothing waits for the client.
func TestCallsEndWhileAServerDoesNotGreet(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	o := options(s)
	o.StartTimeout = 4 * deadline
	l := open(t, o)
	n := l.Names()
	stop, err := l.Serve(n.Node(7, "x"), func(Request) {})
	if err != nil {
		t.Fatal(err)
	}
	into := make(chan Message, 8)
	following, err := l.Follow([]string{n.In(4)}, into)
	if err != nil {
		t.Fatal(err)
	}
	seen := states(l)
	turns(t, seen, true)
	s.Pause(t)
	defer s.Resume(t)
	turns(t, seen, false)
	for end := time.Now().Add(deadline); l.dialer.attempts.Load() < 1; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the client doesn't try again")
		}
	}
	brief := func() context.Context {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}
	for what, call := range map[string]func(){
		"store":       func() { _, err := l.Store(brief(), n.In(4), []byte("x"), Storing{}); wants(t, err, ErrDown) },
		"store here":  func() { _, err := l.Store(brief(), n.In(4), []byte("x"), Storing{Here: true}); wants(t, err, ErrDown) },
		"last":        func() { _, err := l.Last(brief(), n.In(4)); wants(t, err, ErrDown) },
		"request":     func() { _, err := l.Request(brief(), n.Node(7, "x"), nil); wants(t, err, ErrDown) },
		"publish":     func() { wants(t, l.Publish(n.Beat(), nil), ErrDown) },
		"round trip":  func() { _, err := l.RTT(brief()); wants(t, err, ErrDown) },
		"max data":    func() { l.MaxData() },
		"clustered":   func() { l.Clustered() },
		"unsubscribe": func() { stop() },
		"remove":      func() { _ = following.Remove(n.In(4)) },
		"add":         func() { _ = following.Add(n.Log(4)) },
	} {
		ends(t, what, call)
	}
	ends(t, "close", func() { following.Close(); l.Close() })
}

// ends fails where a call takes as long as the start may.
func ends(t *testing.T, what string, call func()) {
	t.Helper()
	ended := make(chan struct{})
	go func() { defer close(ended); call() }()
	select {
	case <-ended:
	case <-time.After(deadline):
		t.Fatalf("%s doesn't end", what)
	}
}

// A server that takes nothing any more is found out, too, while there is so much to write that no ping gets through.
func TestAServerThatTakesNothingIsFoundOut(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	l := open(t, options(s))
	n := l.Names()
	seen := states(l)
	turns(t, seen, true)
	s.Pause(t)
	defer s.Resume(t)
	body := make([]byte, 500_000)
	ctx, cancel := context.WithTimeout(context.Background(), 10*deadline)
	defer cancel()
	for range 100 { // far more than the buffers of a connection have
		l.StoreAsync(ctx, n.In(4), body, Storing{}, func(uint64, error) {})
	}
	turns(t, seen, false)
	s.Resume(t)
	turns(t, seen, true)
	must(t)(l.Store(ctx, n.Log(4), []byte("x"), Storing{}))
}
