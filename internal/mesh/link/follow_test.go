//go:build mesh

package link

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"netmeshos/internal/mesh/meshtest"
)

func TestFollowTellsWhatWasBefore(t *testing.T) {
	_, l := start(t)
	ctx, n := within(t), l.Names()
	before := must(t)(l.Store(ctx, n.Log(4), []byte("early"), Storing{}))
	into := follow(t, l, n.Log(4), n.Piece(4))
	must(t)(l.Store(ctx, n.Log(6), []byte("another's"), Storing{}))
	single := must(t)(l.Store(ctx, n.Log(4), []byte("a"), Storing{}))
	batch := must(t)(l.StoreBatch(ctx, []BatchPart{{Subject: n.Piece(4), Data: []byte("b")}, {Subject: n.Log(4), Data: []byte("c")}}, Storing{}))
	if err := l.Purge(ctx, n.StreamOf(4), n.Log(4), batch); err != nil {
		t.Fatal(err)
	}
	last := must(t)(l.Store(ctx, n.Log(4), []byte("d"), Storing{}))
	for _, want := range []Message{
		{Subject: n.Log(4), Sequence: single, Last: before, Data: []byte("a")},
		{Subject: n.Piece(4), Sequence: batch - 1, Last: 0, Data: []byte("b")},
		{Subject: n.Log(4), Sequence: batch, Last: single, Data: []byte("c")},
		{Subject: n.Log(4), Sequence: last, Last: batch, Data: []byte("d")},
	} {
		m := next(t, into)
		if m.Subject != want.Subject || m.Sequence != want.Sequence || m.Last != want.Last || string(m.Data) != string(want.Data) {
			t.Errorf("%s %d after %d %q, want %s %d after %d %q", m.Subject, m.Sequence, m.Last, m.Data, want.Subject, want.Sequence, want.Last, want.Data)
		}
		if m.Time.IsZero() {
			t.Errorf("message %d has no time", m.Sequence)
		}
	}
}

func TestFollowBeginsAndEndsWithItsSubjects(t *testing.T) {
	_, l := start(t)
	ctx, n := within(t), l.Names()
	into := make(chan Message)
	f, err := l.Follow(nil, into)
	if err != nil {
		t.Fatal(err)
	}
	for id := range uint64(100) {
		if err := f.Add(n.Log(id), n.Log(id)); err != nil {
			t.Fatal(err)
		}
		sequence := must(t)(l.Store(ctx, n.Log(id), nil, Storing{}))
		if m := next(t, into); m.Subject != n.Log(id) || m.Sequence != sequence {
			t.Errorf("%+v, want %d of %d", m, sequence, id)
		}
	}
	if err := f.Remove(n.Log(3)); err != nil {
		t.Fatal(err)
	}
	must(t)(l.Store(ctx, n.Log(3), nil, Storing{}))
	must(t)(l.Store(ctx, n.Log(5), nil, Storing{}))
	if m := next(t, into); m.Subject != n.Log(5) {
		t.Errorf("%+v after its subject was removed", m)
	}
	must(t)(l.Store(ctx, n.Log(5), nil, Storing{})) // nobody takes it
	f.Close()
	f.Close()
	select {
	case m := <-into:
		t.Errorf("%+v after Close", m)
	default:
	}
	if err := f.Add(n.Log(3)); err == nil {
		t.Error("Add after Close")
	}
}

func TestFollowPublished(t *testing.T) {
	_, l := start(t)
	into := follow(t, l, l.Names().Beat())
	if err := l.Publish(l.Names().Beat(), []byte("beat")); err != nil {
		t.Fatal(err)
	}
	if m := next(t, into); m.Subject != l.Names().Beat() || string(m.Data) != "beat" || m.Sequence != 0 {
		t.Errorf("%+v", m)
	}
}

// A reader that is slow for longer than is kept for it finds out what it has lost, and reads it.
func TestASlowReaderFillsTheGap(t *testing.T) {
	o := options(meshtest.Start(t, meshtest.Options{}))
	o.Lease = deadline // or the connection is taken for dead where 40 MB take long, and another gap is told
	l := open(t, o)
	ctx, n := within(t), l.Names()
	into := make(chan Message)
	f, err := l.Follow([]string{n.In(4)}, into)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const many, size = 80, 1 << 19 // 40 MB
	for range many {
		must(t)(l.Store(ctx, n.In(4), make([]byte, size), Storing{}))
	}
	// What is stored may not have come yet, and a reader that takes it as it comes loses nothing.
	for over := time.Now().Add(deadline); l.conn.Stats().InBytes < many*size || len(f.pump.in) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(over) {
			t.Fatalf("%d bytes have come", l.conn.Stats().InBytes)
		}
	}
	position, gap := uint64(0), false
	for position < many {
		m := next(t, into)
		if !m.Gap {
			if m.Last <= position {
				position = max(position, m.Sequence)
			}
			continue
		}
		gap = true
		if m.Subject != n.In(4) {
			t.Errorf("the gap is of %q", m.Subject)
		}
		for {
			list, err := l.Read(ctx, n.StreamOf(4), []string{n.In(4)}, position+1, 1000)
			if err != nil {
				t.Fatal(err)
			}
			if len(list) == 0 {
				break
			}
			if list[0].Sequence != position+1 {
				t.Fatalf("read %d after %d", list[0].Sequence, position)
			}
			position = list[len(list)-1].Sequence
		}
	}
	if !gap {
		t.Error("40 MB were kept, and no gap was told")
	}
}

// The same where the client drops them, because the pump does not come to take them.
func TestWhatTheClientDropsIsTold(t *testing.T) {
	s, l := start(t)
	sender := open(t, options(s))
	ctx, n := within(t), l.Names()
	into := make(chan Message)
	f, err := l.Follow([]string{n.In(4)}, into)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.pump.mu.Lock() // which holds the pump up
	release := sync.OnceFunc(f.pump.mu.Unlock)
	defer release() // before Close
	const many = pumpSlots + 100
	done := make(chan error, many)
	for range many {
		sender.StoreAsync(ctx, n.In(4), nil, Storing{}, func(_ uint64, err error) { done <- err })
	}
	for range many {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if err := l.roundTrip(ctx); err != nil { // all has come
		t.Fatal(err)
	}
	release()
	for taken := 0; ; taken++ {
		m := next(t, into)
		if m.Gap {
			if m.Subject != n.In(4) {
				t.Errorf("the gap is of %q", m.Subject)
			}
			break
		}
		if taken > many {
			t.Fatal("nothing was told")
		}
	}
}

func TestReadMergesFilters(t *testing.T) {
	_, l := start(t)
	ctx, n := within(t), l.Names()
	var want []string
	for i := range 30 {
		part := []Part{PartLog, PartPiece, PartIn}[i%3]
		text := fmt.Sprintf("%s%d", part, i)
		must(t)(l.Store(ctx, n.Of(4, part), []byte(text), Storing{ID: text}))
		if part != PartIn {
			want = append(want, text)
		}
	}
	for _, limit := range []int{1, 3, 7, 1000} {
		var have []string
		for from := uint64(0); ; {
			list, err := l.Read(ctx, n.StreamOf(4), []string{n.Log(4), n.Piece(4)}, from, limit)
			if err != nil {
				t.Fatal(err)
			}
			if len(list) == 0 {
				break
			}
			if len(list) > limit {
				t.Fatalf("%d messages of %d", len(list), limit)
			}
			for _, m := range list {
				have = append(have, string(m.Data))
			}
			from = list[len(list)-1].Sequence + 1
		}
		if fmt.Sprint(have) != fmt.Sprint(want) {
			t.Errorf("by %d: %v, want %v", limit, have, want)
		}
	}
}

// One filter's answer ends where it would be too long; what another has after that must wait.
func TestReadMergesFiltersOfUnequalSize(t *testing.T) {
	_, l := start(t)
	ctx, n := within(t), l.Names()
	const many = 40
	for i := range many {
		if i%2 == 0 {
			must(t)(l.Store(ctx, n.Piece(4), make([]byte, 1<<19), Storing{}))
		} else {
			must(t)(l.Store(ctx, n.Log(4), nil, Storing{}))
		}
	}
	position := uint64(0)
	for position < many {
		list, err := l.Read(ctx, n.StreamOf(4), []string{n.Log(4), n.Piece(4)}, position+1, 1000)
		if err != nil || len(list) == 0 {
			t.Fatalf("%d messages after %d, %v", len(list), position, err)
		}
		for _, m := range list {
			if m.Sequence != position+1 {
				t.Fatalf("%d after %d", m.Sequence, position)
			}
			position = m.Sequence
		}
	}
}

func TestReadStopsAtMegabytes(t *testing.T) {
	_, l := start(t)
	ctx, n := within(t), l.Names()
	for range 20 {
		must(t)(l.Store(ctx, n.State(4), make([]byte, 1<<19), Storing{}))
	}
	first, err := l.Read(ctx, n.StreamOf(4), []string{n.State(4)}, 0, 1000)
	if err != nil || len(first) == 0 || len(first) == 20 {
		t.Fatalf("%d messages, %v; want some", len(first), err)
	}
	rest, err := l.Read(ctx, n.StreamOf(4), []string{n.State(4)}, first[len(first)-1].Sequence+1, 1000)
	if err != nil || len(first)+len(rest) != 20 {
		t.Errorf("%d and %d messages, %v; want 20", len(first), len(rest), err)
	}
}

func TestLastOfManySubjects(t *testing.T) {
	_, l := start(t)
	ctx, n := within(t), l.Names()
	const many = 2100 // over what one answer takes
	done := make(chan error, 2*many)
	for id := range uint64(many) {
		for range 2 {
			l.StoreAsync(ctx, n.Registration(id, 7), fmt.Appendf(nil, "%d", id), Storing{}, func(_ uint64, err error) { done <- err })
		}
	}
	for range 2 * many {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	list, err := l.LastOf(ctx, n.MetaStream(), n.Registrations())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range list {
		seen[m.Subject] = true
	}
	if len(list) != many || len(seen) != many {
		t.Errorf("%d messages of %d subjects, want %d", len(list), len(seen), many)
	}
	one, err := l.LastOf(ctx, n.MetaStream(), n.RegistrationsOf(5))
	if err != nil || len(one) != 1 || string(one[0].Data) != "5" {
		t.Errorf("of one daemon: %v, %v", one, err)
	}
	none, err := l.LastOf(ctx, n.MetaStream(), n.Subscriptions())
	if err != nil || len(none) != 0 {
		t.Errorf("of none: %v, %v", none, err)
	}
}
