//go:build mesh

package link

import (
	"strings"
	"sync"
	"testing"
	"time"
)

// Every node that misses something in the meta stream finds out that it was purged, also after another has stored the
// settings again; one whose own message is gone finds nothing.
func TestThePurgedMetaStream(t *testing.T) {
	s, one := start(t)
	two := open(t, options(s))
	ctx, n := within(t), one.Names()
	type remade chan struct{}
	told := map[*Link]remade{one: make(remade, 8), two: make(remade, 8)}
	for l, c := range told {
		l.OnRemade(func(string) { c <- struct{}{} })
	}
	renew := func(l *Link, node, before uint64) uint64 {
		_, err := l.Store(ctx, n.Lease(node), nil, Storing{Expect: Expect(before)})
		wants(t, err, ErrConflict)
		return must(t)(l.Store(ctx, n.Lease(node), nil, Storing{Expect: Expect(0)}))
	}
	first := must(t)(one.Store(ctx, n.Lease(1), nil, Storing{}))
	second := must(t)(two.Store(ctx, n.Lease(2), nil, Storing{}))
	for range 2 {
		if err := one.Purge(ctx, n.MetaStream(), "meshos.test.meta.>", 0); err != nil {
			t.Fatal(err)
		}
		first = renew(one, 1, first)
		<-told[one]
		second = renew(two, 2, second)
		<-told[two]
		if _, err := two.Last(ctx, n.Settings()); err != nil {
			t.Error(err)
		}
	}
	if err := one.Purge(ctx, n.MetaStream(), n.Lease(1), 0); err != nil {
		t.Fatal(err)
	}
	renew(one, 1, first)
	for end := time.Now().Add(deadline); one.looksAt.Load(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it looks for ever")
		}
	}
	if len(told[one]) > 0 {
		t.Error("a lease that is gone is taken for a purge of the stream")
	}
}

func TestStreamsThatAreDeleted(t *testing.T) {
	s, _ := start(t)
	o := options(s)
	var mu sync.Mutex
	var lines []string
	o.Log = func(level, message string) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, level+" "+message)
	}
	l := open(t, o)
	ctx, n := within(t), l.Names()
	remade := make(chan string, 8)
	l.OnRemade(func(stream string) { remade <- stream })
	into := follow(t, l, n.Settings())
	for stream, subject := range map[string]string{n.AuditStream(): n.Audit(), n.MetaStream(): n.Lease(7), n.Stream(0): n.In(4)} {
		before := must(t)(l.Store(ctx, subject, nil, Storing{}))
		if err := l.api(ctx, "STREAM.DELETE."+stream, nil, nil); err != nil {
			t.Fatal(err)
		}
		_, err := l.Store(ctx, subject, nil, Storing{})
		if e := wants(t, err, ErrDown); !strings.Contains(e.Detail, stream) {
			t.Errorf("%v doesn't say which stream", err)
		}
		after := uint64(0)
		for after == 0 && ctx.Err() == nil {
			after, _ = l.Store(ctx, subject, nil, Storing{Expect: Expect(0)})
		}
		if after <= before {
			t.Errorf("%s: sequence %d after %d", stream, after, before)
		}
		if said := <-remade; said != stream {
			t.Errorf("it says that %s is there anew, not %s", said, stream)
		}
	}
	for m := next(t, into); !m.Gap; m = next(t, into) {
		continue // the settings, which are stored anew
	}
	if _, err := l.Last(ctx, n.Settings()); err != nil {
		t.Error(err)
	}
	if err := l.api(ctx, "STREAM.DELETE."+n.Stream(1), nil, nil); err != nil {
		t.Fatal(err)
	}
	_, err := l.Last(ctx, n.Log(5))
	if e := wants(t, err, ErrDown); !strings.Contains(e.Detail, n.Stream(1)) {
		t.Errorf("%v doesn't say which stream", err)
	}
	<-remade
	must(t)(l.Store(ctx, n.In(5), nil, Storing{}))
	if err := l.api(ctx, "STREAM.DELETE."+n.Stream(0), nil, nil); err != nil {
		t.Fatal(err)
	}
	answers := make(chan error, 1)
	l.StoreAsync(ctx, n.In(4), nil, Storing{}, func(_ uint64, err error) { answers <- err })
	if e := wants(t, <-answers, ErrDown); !strings.Contains(e.Detail, n.Stream(0)) {
		t.Errorf("%v doesn't say which stream", e)
	}
	<-remade
	must(t)(l.Store(ctx, n.In(4), nil, Storing{}))
	mu.Lock()
	defer mu.Unlock()
	for stream, times := range map[string]int{n.AuditStream(): 1, n.MetaStream(): 1, n.Stream(1): 1, n.Stream(0): 2} {
		told := 0
		for _, line := range lines {
			if strings.HasPrefix(line, "error The stream "+stream) {
				told++
			}
		}
		if told != times {
			t.Errorf("%d errors about %s in %q", told, stream, lines)
		}
	}
}
