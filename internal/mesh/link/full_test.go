//go:build mesh

package link

import (
	"errors"
	"fmt"
	"testing"

	"netmeshos/internal/mesh/meshtest"
)

// A full store refuses what is stored, says so, loses nothing and goes on once something is purged.
func TestAFullStore(t *testing.T) {
	const size = 256 << 10
	for name, c := range map[string]struct {
		config   string
		maxBytes int64
		code     int
	}{
		"the stream's limit": {maxBytes: 4 << 20, code: 10077},
		"the server's limit": {config: "max_file_store: 4MB", code: 10023},
	} {
		t.Run(name, func(t *testing.T) {
			server := meshtest.Options{Store: t.TempDir()}
			if c.config != "" {
				server.Config = fmt.Sprintf("jetstream { store_dir: %q, %s }\n", server.Store, c.config)
			}
			s := meshtest.Start(t, server)
			o := options(s)
			o.MaxBytes = c.maxBytes
			l := open(t, o)
			ctx, n := within(t), l.Names()
			stored := 0
			var full error
			for full == nil {
				_, full = l.Store(ctx, n.In(4), make([]byte, size), Storing{})
				if full == nil {
					stored++
				}
				if stored > 20 {
					t.Fatalf("%d bytes were stored", stored*size)
				}
			}
			e := wants(t, full, ErrFull)
			if e.Code != c.code {
				t.Errorf("%v, want code %d", e, c.code)
			}
			_, err := l.StoreBatch(ctx, []BatchPart{{Subject: n.Piece(4), Data: make([]byte, size)}, {Subject: n.Log(4), Data: make([]byte, size)}}, Storing{Expect: Expect(0)})
			wants(t, err, ErrFull)
			list, err := l.Read(ctx, n.StreamOf(4), []string{n.Everything(4)}, 0, 1000)
			if err != nil || len(list) != stored {
				t.Errorf("%d messages, %v; want %d", len(list), err, stored)
			}
			if err := l.Purge(ctx, n.StreamOf(4), n.In(4), uint64(stored)); err != nil {
				t.Fatal(err)
			}
			must(t)(l.StoreBatch(ctx, []BatchPart{{Subject: n.Piece(4), Data: make([]byte, size)}, {Subject: n.Log(4), Data: make([]byte, size)}}, Storing{Expect: Expect(0)}))
		})
	}
}

func TestPurge(t *testing.T) {
	_, l := start(t)
	ctx, n := within(t), l.Names()
	for range 10 {
		must(t)(l.Store(ctx, n.In(4), nil, Storing{}))
		must(t)(l.Store(ctx, n.Log(4), nil, Storing{}))
		must(t)(l.Store(ctx, n.In(6), nil, Storing{}))
	}
	count := func(filter string) int {
		t.Helper()
		list, err := l.Read(ctx, n.StreamOf(4), []string{filter}, 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if err := l.Purge(ctx, n.StreamOf(4), n.In(4), 13); err != nil {
		t.Fatal(err)
	}
	if in, log := count(n.In(4)), count(n.Log(4)); in != 6 || log != 10 {
		t.Errorf("%d envelopes and %d commits are left, want 6 and 10", in, log)
	}
	if err := l.Purge(ctx, n.StreamOf(4), n.Everything(4), 0); err != nil {
		t.Fatal(err)
	}
	if mine, others := count(n.Everything(4)), count(n.In(6)); mine != 0 || others != 10 {
		t.Errorf("%d messages and %d of another are left, want 0 and 10", mine, others)
	}
	if _, err := l.Last(ctx, n.Log(4)); !errors.Is(err, ErrNone) {
		t.Errorf("Last: %v", err)
	}
}
