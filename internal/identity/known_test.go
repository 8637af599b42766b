package identity

import (
	"bytes"
	"encoding/binary"
	"sync"
	"testing"
	"unsafe"
)

func seedOf(n int) (seed [SeedSize]byte) {
	binary.LittleEndian.PutUint64(seed[24:], uint64(n))
	seed[0] = 0xa5
	return seed
}

// A seed has the same identity whether it is derived or remembered, and however many others
// came in between. Several goroutines may ask at once.
func TestAnIdentityIsTheSameEachTime(t *testing.T) {
	const seeds = 2 * knownPlaces
	var want [seeds]Identity
	for i := range want {
		seed := seedOf(i)
		want[i] = derived(&seed)
	}
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for n := range 3 * seeds {
				i := (n*(2*g+1) + n/seeds) % seeds / (1 + n%2) // some twice in a row, others far apart
				seed := seedOf(i)
				if got := FromSeed(&seed); got != want[i] {
					t.Errorf("seed %d: %x, want %x", i, got, want[i])
					return
				}
			}
		})
	}
	all.Wait()
}

// An identity is remembered from the second time on.
func TestAnIdentityIsRemembered(t *testing.T) {
	k := newKnown()
	seed, other := seedOf(1), seedOf(2)
	m, n := k.markOf(&seed), k.markOf(&other)
	for time, want := range []bool{false, true, true} {
		got := k.identity(&seed)
		if kept, found := k.find(&m); found != want || found && kept != got {
			t.Errorf("time %d: remembered %v, want %v", time, found, want)
		}
	}
	n[0] = m[0] // the same place
	if _, found := k.find(&n); found {
		t.Error("another seed is taken for it")
	}
	k.add(&n, &Identity{ID: 8})
	if _, found := k.find(&m); found {
		t.Error("what another has replaced is found")
	}
	if got := k.identity(&seed); got != derived(&seed) {
		t.Errorf("%x after that", got)
	}
}

// A remembered identity is not derived.
func TestARememberedIdentityIsNotDerived(t *testing.T) {
	k := newKnown()
	seed, made := seedOf(1), Identity{ID: 1234}
	m := k.markOf(&seed)
	k.seen(&seed)
	k.add(&m, &made)
	if got := k.identity(&seed); got != made {
		t.Errorf("%x, want what is remembered", got)
	}
}

// A mark is that of one seed, differs from process to process, and nothing that is kept has
// any part of the seed in it.
func TestMarksTellNothing(t *testing.T) {
	k, elsewhere := newKnown(), newKnown()
	seed, other := [SeedSize]byte(bytes.Repeat([]byte("seed"), SeedSize/4)), seedOf(2)
	m := k.markOf(&seed)
	if m != k.markOf(&seed) {
		t.Error("a seed has two marks")
	}
	if m == k.markOf(&other) || m == elsewhere.markOf(&seed) || m == (mark{}) {
		t.Error("a mark is that of another seed or process")
	}
	for range 3 {
		k.identity(&seed)
	}
	kept := unsafe.Slice((*byte)(unsafe.Pointer(k)), unsafe.Sizeof(*k))
	if bytes.Contains(kept, seed[:4]) {
		t.Error("the seed is kept")
	}
}
