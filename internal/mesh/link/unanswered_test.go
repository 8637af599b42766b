//go:build mesh

package link

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"netmeshos/internal/fault"
)

func TestOpenSaysWhichServersDoNotAnswer(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	quiet := silent.Addr().String()
	for _, c := range []struct{ servers, words []string }{
		{[]string{"nats://user:secret@" + at, "nats://secret@" + quiet}, []string{at + ": ", "refused", quiet + ": no answer"}},
		{[]string{"nats://user:secret@" + at}, []string{"refused"}},
	} {
		said := sayings(t, c.servers, c.words)
		for _, word := range c.words {
			if !strings.Contains(said, word) {
				t.Errorf("%q does not say %q", said, word)
			}
		}
		if strings.Contains(said, "secret") {
			t.Errorf("%q tells a secret", said)
		}
	}
}

// sayings is what a start says of servers that can't be reached. Where the machine is so busy that there was no time for an
// answer, so that not all words are there, it takes longer.
func sayings(t *testing.T, servers, words []string) (said string) {
	t.Helper()
	for limit := 2 * time.Second; limit < deadline; limit *= 2 {
		l, f := Open(context.Background(), Options{Names: Names{Name: "test"}, StartTimeout: limit, Servers: servers})
		if f == nil {
			l.Close()
			t.Fatal("it opens")
		}
		if f.Kind != fault.MeshUnavailable {
			t.Fatalf("%v, want kind %s", f, fault.MeshUnavailable)
		}
		said = f.Message
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(said, word) }) {
			break
		}
	}
	return said
}
