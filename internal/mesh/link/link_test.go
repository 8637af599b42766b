//go:build mesh

package link

import (
	"context"
	"errors"
	"testing"
	"time"

	"netmeshos/internal/mesh/meshtest"
)

// deadline is for what takes milliseconds on an idle machine.
const deadline = 60 * time.Second

func options(s *meshtest.Server) Options {
	return Options{Names: Names{"test", 2}, Servers: []string{s.URL}, Lease: time.Second, StartTimeout: deadline, RequestTimeout: deadline}
}

func open(t testing.TB, o Options) *Link {
	t.Helper()
	l, f := Open(context.Background(), o)
	if f != nil {
		t.Fatal(f)
	}
	t.Cleanup(l.Close)
	return l
}

func start(t testing.TB) (*meshtest.Server, *Link) {
	t.Helper()
	s := meshtest.Start(t, meshtest.Options{})
	return s, open(t, options(s))
}

// within is a context for one operation.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	t.Cleanup(cancel)
	return ctx
}

func must(t testing.TB) func(uint64, error) uint64 {
	return func(sequence uint64, err error) uint64 {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return sequence
	}
}

func wants(t testing.TB, err, class error) *Error {
	t.Helper()
	var e *Error
	if !errors.Is(err, class) || !errors.As(err, &e) {
		t.Fatalf("%v, want %v", err, class)
	}
	return e
}

// next is the next message of a channel.
func next(t testing.TB, from <-chan Message) Message {
	t.Helper()
	select {
	case m := <-from:
		return m
	case <-time.After(deadline):
		t.Fatal("no message")
		return Message{}
	}
}

func follow(t testing.TB, l *Link, subjects ...string) <-chan Message {
	t.Helper()
	into := make(chan Message)
	f, err := l.Follow(subjects, into)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return into
}
