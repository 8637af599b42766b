// Package identity derives a daemon's id: from a seed an ed25519 key, from that the
// origin hash.
package identity

import (
	"encoding/binary"

	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
	"golang.org/x/crypto/blake2s"
)

// SeedSize is the length of an ed25519 seed in bytes (RFC 8032, 5.1.5).
const SeedSize = ed25519.SeedSize

// originKey is the key of the hash that turns a public key into an id. It keeps ids
// distinct from hashes of public keys made for another purpose.
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
	wipeStack(id.PublicKey[0])
	id.ID = originHash(id.PublicKey[:])
	return id
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

// originHash returns the first 8 bytes, little-endian, of the keyed BLAKE2s-256 hash.
func originHash(publicKey []byte) uint64 {
	h, err := blake2s.New256(originKey)
	if err != nil {
		panic(err) // only a key longer than 32 bytes is refused
	}
	h.Write(publicKey)
	var sum [blake2s.Size]byte
	return binary.LittleEndian.Uint64(h.Sum(sum[:0]))
}
