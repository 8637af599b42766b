//go:build mesh

package link

import (
	"fmt"
	"testing"
	"time"
)

func TestStoreExpects(t *testing.T) {
	_, l := start(t)
	ctx, subject := within(t), l.Names().Log(4)
	first := must(t)(l.Store(ctx, subject, []byte("one"), Storing{Expect: Expect(0)}))
	second := must(t)(l.Store(ctx, subject, []byte("two"), Storing{Expect: &first}))
	_, err := l.Store(ctx, subject, []byte("three"), Storing{Expect: &first})
	if e := wants(t, err, ErrConflict); e.Current != second {
		t.Errorf("the conflict tells of %d, want %d: %v", e.Current, second, e)
	}
	m, err := l.Last(ctx, subject)
	if err != nil || m.Sequence != second || string(m.Data) != "two" || m.Subject != subject || m.Time.IsZero() {
		t.Errorf("Last is %+v, %v", m, err)
	}
}

func TestTwoNodesStoreWithOneExpectation(t *testing.T) {
	s, one := start(t)
	two := open(t, options(s))
	ctx, subject := within(t), one.Names().Log(4)
	last := uint64(0)
	for round := range 50 {
		results := make(chan error, 2)
		for _, l := range []*Link{one, two} {
			go func() {
				_, err := l.Store(ctx, subject, []byte{byte(round)}, Storing{Expect: &last})
				results <- err
			}()
		}
		a, b := <-results, <-results
		if (a == nil) == (b == nil) {
			t.Fatalf("round %d: %v and %v; want that one stores", round, a, b)
		}
		if a == nil {
			a = b
		}
		last = wants(t, a, ErrConflict).Current
	}
}

func TestStoreDropsRepetitionsOfAnID(t *testing.T) {
	_, l := start(t)
	ctx, subject := within(t), l.Names().In(4)
	first := must(t)(l.Store(ctx, subject, []byte("one"), Storing{ID: "a"}))
	if again := must(t)(l.Store(ctx, subject, []byte("one"), Storing{ID: "a"})); again != first {
		t.Errorf("the repetition is %d, want %d", again, first)
	}
	if other := must(t)(l.Store(ctx, subject, []byte("one"), Storing{ID: "b"})); other == first {
		t.Error("another ID was taken for a repetition")
	}
}

func TestStoreRefusesWhatIsTooLarge(t *testing.T) {
	_, l := start(t)
	ctx, subject := within(t), l.Names().In(4)
	full := make([]byte, l.MaxData())
	must(t)(l.Store(ctx, subject, full, Storing{Expect: Expect(0), ID: "an id"}))
	m, err := l.Last(ctx, subject)
	if err != nil || len(m.Data) != len(full) {
		t.Errorf("Last has %d bytes, %v; want %d", len(m.Data), err, len(full))
	}
	_, err = l.Store(ctx, subject, make([]byte, len(full)+1), Storing{})
	wants(t, err, ErrTooLarge)
	_, err = l.StoreBatch(ctx, []BatchPart{{Subject: subject, Data: make([]byte, len(full)+1)}, {Subject: subject}}, Storing{})
	wants(t, err, ErrTooLarge)
	_, err = l.Request(ctx, "meshos.test.node", make([]byte, len(full)+1))
	wants(t, err, ErrTooLarge)
}

func TestStoreAsyncKeepsTheOrder(t *testing.T) {
	_, l := start(t)
	subject := l.Names().In(4)
	type result struct {
		i        int
		sequence uint64
		err      error
	}
	const many = 2000
	results := make(chan result, many)
	for i := range many {
		l.StoreAsync(within(t), subject, fmt.Appendf(nil, "%d", i), Storing{}, func(sequence uint64, err error) { results <- result{i, sequence, err} })
	}
	for range many {
		r := <-results
		if r.err != nil || r.sequence != uint64(r.i)+1 {
			t.Fatalf("message %d: %d, %v", r.i, r.sequence, r.err)
		}
	}
}

func TestStoreBatchIsAtomic(t *testing.T) {
	_, l := start(t)
	ctx, n := within(t), l.Names()
	parts := []BatchPart{{Subject: n.Piece(4), Data: []byte("a")}, {Subject: n.Piece(4), Data: []byte("b")}, {Subject: n.Log(4), Data: []byte("c")}}
	first := must(t)(l.StoreBatch(ctx, parts, Storing{Expect: Expect(0)}))
	_, err := l.StoreBatch(ctx, parts, Storing{Expect: Expect(0)})
	wants(t, err, ErrConflict)
	must(t)(l.StoreBatch(ctx, parts, Storing{Expect: &first}))
	list, err := l.Read(ctx, n.StreamOf(4), []string{n.Piece(4), n.Log(4)}, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var text string
	for i, m := range list {
		text += string(m.Data)
		if m.Sequence != list[0].Sequence+uint64(i) {
			t.Errorf("sequence %d after %d", m.Sequence, list[0].Sequence)
		}
	}
	if text != "abcabc" {
		t.Errorf("%q is stored, want abcabc", text)
	}
	_, err = l.StoreBatch(ctx, make([]BatchPart, MaxBatch+1), Storing{})
	wants(t, err, ErrTooLarge)
	_, err = l.StoreBatch(ctx, nil, Storing{})
	wants(t, err, ErrRefused)
	whole := make([]BatchPart, MaxBatch)
	for i := range whole {
		whole[i] = BatchPart{Subject: n.Piece(6), Data: []byte("x")}
	}
	must(t)(l.StoreBatch(ctx, whole, Storing{}))
}

func TestStoreBatchRollsUp(t *testing.T) {
	_, l := start(t)
	ctx, n := within(t), l.Names()
	for range 3 {
		must(t)(l.StoreBatch(ctx, []BatchPart{{Subject: n.State(4), Data: []byte("a"), Rollup: true}, {Subject: n.State(4), Data: []byte("b")}, {Subject: n.Log(4)}}, Storing{}))
	}
	list, err := l.Read(ctx, n.StreamOf(4), []string{n.State(4)}, 0, 100)
	if err != nil || len(list) != 2 || string(list[0].Data) != "a" || string(list[1].Data) != "b" {
		t.Errorf("the state is %v, %v; want a, b of the last batch", list, err)
	}
}

func TestStoreBatchWithAnID(t *testing.T) {
	_, l := start(t)
	ctx, n := within(t), l.Names()
	parts := []BatchPart{{Subject: n.Piece(4), Data: []byte("a")}, {Subject: n.In(4), Data: []byte("b")}}
	must(t)(l.StoreBatch(ctx, parts, Storing{ID: "one"}))
	_, err := l.StoreBatch(ctx, parts, Storing{ID: "one"})
	wants(t, err, ErrConflict)
	list, err := l.Read(ctx, n.StreamOf(4), []string{n.Everything(4)}, 0, 10)
	if err != nil || len(list) != 2 {
		t.Errorf("%v, %v; want the two of one batch", list, err)
	}
}

// What the servers do to a lease: the package comment's words about markers.
func TestTTLWithExpectationLeavesAMarker(t *testing.T) {
	_, l := start(t)
	ctx, lease := within(t), l.Names().Lease(7)
	into := follow(t, l, l.Names().Leases())
	brief := func(expect uint64) Storing { return Storing{TTL: time.Second, Expect: &expect} }
	first := must(t)(l.Store(ctx, lease, []byte("x"), brief(0)))
	second := must(t)(l.Store(ctx, lease, []byte("y"), brief(first)))
	_, err := l.Store(ctx, lease, []byte("z"), brief(first))
	wants(t, err, ErrConflict)
	if m := next(t, into); m.Sequence != first || m.Last != 0 || m.Subject != lease {
		t.Errorf("first: %+v", m)
	}
	if m := next(t, into); m.Sequence != second || m.Last != first {
		t.Errorf("second: %+v", m)
	}
	marker := next(t, into)
	if marker.Marker != "MaxAge" || marker.Sequence <= second || marker.Last != second || marker.Subject != lease || len(marker.Data) != 0 {
		t.Errorf("marker: %+v", marker)
	}
	if last, err := l.Last(ctx, lease); err != nil || last.Marker != "MaxAge" || last.Sequence != marker.Sequence {
		t.Errorf("Last: %+v, %v", last, err)
	}
	if list, err := l.LastOf(ctx, l.Names().MetaStream(), l.Names().Leases()); err != nil || len(list) != 0 {
		t.Errorf("LastOf: %v, %v", list, err)
	}
	_, err = l.Store(ctx, lease, nil, brief(0))
	if e := wants(t, err, ErrConflict); e.Current != marker.Sequence {
		t.Errorf("the conflict tells of %d, want the marker %d", e.Current, marker.Sequence)
	}
	must(t)(l.Store(ctx, lease, nil, brief(marker.Sequence)))
}

func TestRemoveIsSeenByFollowersAndPurgeIsNot(t *testing.T) {
	_, l := start(t)
	ctx, one, other := within(t), l.Names().Registration(4, 7), l.Names().Registration(4, 8)
	into := follow(t, l, l.Names().Registrations())
	first := must(t)(l.Store(ctx, one, []byte("x"), Storing{}))
	_, err := l.Remove(ctx, one, Expect(first+1))
	wants(t, err, ErrConflict)
	removed := must(t)(l.Remove(ctx, one, &first))
	must(t)(l.Store(ctx, other, []byte("y"), Storing{}))
	if err := l.Purge(ctx, l.Names().MetaStream(), other, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Last(ctx, other); err == nil {
		t.Error("the purged message is there")
	}
	last := must(t)(l.Store(ctx, other, []byte("z"), Storing{Expect: Expect(0)}))
	if m := next(t, into); m.Sequence != first || m.Marker != "" {
		t.Errorf("%+v, want the message %d", m, first)
	}
	if m := next(t, into); m.Sequence != removed || m.Marker != "Remove" || m.Subject != one {
		t.Errorf("%+v, want the marker %d", m, removed)
	}
	if m := next(t, into); m.Subject != other || string(m.Data) != "y" {
		t.Errorf("%+v, want y", m)
	}
	if m := next(t, into); m.Sequence != last || m.Last != 0 {
		t.Errorf("%+v, want %d, without a message before it, and none for the purge", m, last)
	}
	if list, err := l.LastOf(ctx, l.Names().MetaStream(), l.Names().Registrations()); err != nil || len(list) != 1 || list[0].Sequence != last {
		t.Errorf("LastOf: %v, %v; want %d alone", list, err, last)
	}
}
