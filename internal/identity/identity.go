// Package identity derives a daemon's id: from a seed an ed25519 key, from that the
// origin hash.
package identity

import (
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"sync"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
	"golang.org/x/crypto/blake2s"
)

// SeedSize is the length of an ed25519 seed in bytes (RFC 8032, 5.1.5).
const SeedSize = 32

// PublicKeySize is the length of an ed25519 public key in bytes.
const PublicKeySize = curve.CompressedPointSize

// originKey is the key of the hash that turns a public key into an id. It keeps ids
// distinct from hashes of public keys made for another purpose.
var originKey = []byte("net-origin-v1")

// Identity is who a daemon is on the network.
type Identity struct {
	PublicKey [PublicKeySize]byte
	ID        uint64 // the origin hash
}

// FromSeed derives the identity of a seed. No copy of the seed is kept, nor anything
// that it could be told from: see known. It needs no memory from the heap, where secrets
// would stay.
func FromSeed(seed *[SeedSize]byte) Identity {
	id := remembered().identity(seed)
	wipeStack(id.PublicKey[0])
	return id
}

// remembered is the memory of the process.
var remembered = sync.OnceValue(newKnown)

// identity returns the identity of a seed, which it need not derive if it is remembered.
func (k *known) identity(seed *[SeedSize]byte) Identity {
	if !k.seen(seed) {
		return derived(seed)
	}
	m := k.markOf(seed)
	id, found := k.find(&m)
	if !found {
		id = derived(seed)
		k.add(&m, &id)
	}
	return id
}

func derived(seed *[SeedSize]byte) (id Identity) {
	derive(&id.PublicKey, seed)
	id.ID = originHash(&id.PublicKey)
	return id
}

// derive makes a seed's public key (RFC 8032, 5.1.5, steps 1 to 4). The other half of the
// hash is for signatures, and nothing here signs.
//
//go:noinline
func derive(key *[PublicKeySize]byte, seed *[SeedSize]byte) {
	digest := sha512.Sum512(seed[:])
	digest[0] &= 248
	digest[31] &= 127
	digest[31] |= 64
	var secret scalar.Scalar
	if _, err := secret.SetBits(digest[:scalar.ScalarSize]); err != nil {
		panic(err) // only another length is refused
	}
	var point curve.EdwardsPoint
	point.MulBasepoint(curve.ED25519_BASEPOINT_TABLE, &secret)
	(*curve.CompressedEdwardsY)(key).SetEdwardsPoint(&point)
}

// wipeStack overwrites with zeros what earlier calls have left on the stack: the derivation
// of the key has secrets there. It returns one of the zeros, so that the compiler can't omit
// them.
//
//go:noinline
func wipeStack(which byte) byte {
	var stack [8 << 10]byte
	return stack[which]
}

// originHasher is the hash function of ids with room for what it reads and writes.
type originHasher struct {
	hash.Hash
	key [PublicKeySize]byte
	sum [blake2s.Size]byte
}

var originHashers = sync.Pool{New: func() any {
	h, err := blake2s.New256(originKey)
	if err != nil {
		panic(err) // only a key longer than 32 bytes is refused
	}
	return &originHasher{Hash: h}
}}

// originHash returns the first 8 bytes, little-endian, of the keyed BLAKE2s-256 hash.
func originHash(publicKey *[PublicKeySize]byte) uint64 {
	h := originHashers.Get().(*originHasher)
	defer originHashers.Put(h)
	h.Reset()
	h.key = *publicKey
	h.Write(h.key[:])
	return binary.LittleEndian.Uint64(h.Sum(h.sum[:0]))
}
