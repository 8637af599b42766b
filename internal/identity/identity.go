// Package identity owns how a daemon gets its id: seed to ed25519 key to
// origin hash.
package identity

import (
	"encoding/binary"

	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
	"golang.org/x/crypto/blake2s"
)

// SeedSize is the length of an ed25519 seed in bytes (RFC 8032, 5.1.5).
const SeedSize = ed25519.SeedSize

// originKey keys the hash that turns a public key into an id, so that ids of
// this network can't be mistaken for hashes made for another purpose.
var originKey = []byte("net-origin-v1")

// Identity is who a daemon is on the network.
type Identity struct {
	PublicKey [ed25519.PublicKeySize]byte
	ID        uint64 // the origin hash
}

// FromSeed derives the identity of a seed. No copy of the seed is kept, nor anything
// that it could be told from.
func FromSeed(seed *[SeedSize]byte) Identity {
	var id Identity
	private := ed25519.NewKeyFromSeed(seed[:])
	copy(id.PublicKey[:], private[SeedSize:])
	clear(private)
	wipeStack()
	id.ID = originHash(id.PublicKey[:])
	return id
}

// wipeStack overwrites what the functions that were called before have left on the
// stack: the derivation of the key keeps its secrets there. It returns a byte of it so
// that the compiler must write them.
//
//go:noinline
func wipeStack() byte {
	var stack [8 << 10]byte
	for i := range stack {
		stack[i] = byte(i)
	}
	return stack[len(stack)/2]
}

// originHash is the first 8 bytes, little-endian, of keyed BLAKE2s-256.
func originHash(publicKey []byte) uint64 {
	h, err := blake2s.New256(originKey)
	if err != nil {
		panic(err) // only a key longer than 32 bytes is refused
	}
	h.Write(publicKey)
	var sum [blake2s.Size]byte
	return binary.LittleEndian.Uint64(h.Sum(sum[:0]))
}
