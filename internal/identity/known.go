package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"hash/maphash"
	"sync"
)

const (
	knownPlaces = 256  // how many identities are remembered at most
	hintPlaces  = 4096 // how many seeds are recognized as perhaps seen before
)

// known remembers the identities that have been derived more than once, the latest ones: who
// registers a daemon again does so often, and the derivation is most of what that costs. A
// seed that comes for the first time costs next to nothing more. No seeds are remembered but
// their marks.
type known struct {
	hash maphash.Seed // of hints
	key  [markKeySize]byte

	mu     sync.Mutex         // guards what follows
	hints  [hintPlaces]uint16 // parts of hashes of seeds that have come; 0: a place is free
	places [knownPlaces]struct {
		mark     mark
		identity Identity
	}
}

func newKnown() *known {
	k := &known{hash: maphash.MakeSeed()}
	_, _ = rand.Read(k.key[:]) // it ends the process rather than fail
	return k
}

// seen reports whether a seed may have come before, and notes that it has.
func (k *known) seen(seed *[SeedSize]byte) bool {
	h := maphash.Bytes(k.hash, seed[:])
	hint := uint16(h) | 1
	k.mu.Lock()
	defer k.mu.Unlock()
	place := &k.hints[h>>16%hintPlaces]
	before := *place
	*place = hint
	return before == hint
}

// mark is the SHA-256 hash of a secret key and a seed. A seed can be told from it as little as
// from its public key, and not without the key of this process. All zeros: a place is free.
type mark [sha256.Size]byte

// markKeySize is such that key and seed are one block of the hash, with its padding.
const markKeySize = 16

// place is where an identity with the mark is remembered, if it is. Marks are evenly
// distributed.
func (m *mark) place() int { return int(m[0]) % knownPlaces }

// markOf returns the mark of a seed.
func (k *known) markOf(seed *[SeedSize]byte) mark {
	var both [markKeySize + SeedSize]byte
	copy(both[:], k.key[:])
	copy(both[markKeySize:], seed[:])
	return sha256.Sum256(both[:])
}

// find returns the identity with a mark, if it is remembered.
func (k *known) find(m *mark) (id Identity, found bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if p := &k.places[m.place()]; p.mark == *m {
		return p.identity, true
	}
	return Identity{}, false
}

// add remembers an identity in place of another.
func (k *known) add(m *mark, id *Identity) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := &k.places[m.place()]
	p.mark, p.identity = *m, *id
}
