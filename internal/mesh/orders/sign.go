package orders

import (
	"crypto/rand"
	"fmt"

	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
)

// SeedSize is the length in bytes of what an operator keeps secret (RFC 8032, 5.1.5).
const SeedSize = 32

// PublicKey returns the key that belongs to a seed: nodes have it among their operators.
func PublicKey(seed *[SeedSize]byte) (key [KeySize]byte) {
	copy(key[:], ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey))
	return key
}

// Sign returns the message that gives the order. It makes the order's nonce.
func Sign(o Order, seed *[SeedSize]byte) ([]byte, error) {
	if refusal := o.known(); refusal != nil {
		return nil, fmt.Errorf("this is no order: %s", refusal.Message)
	}
	if _, err := rand.Read(o.Nonce[:]); err != nil {
		return nil, fmt.Errorf("no random numbers: %w", err)
	}
	private := ed25519.NewKeyFromSeed(seed[:])
	s := signed{order: o, key: PublicKey(seed)}
	copy(s.signature[:], ed25519.Sign(private, o.canonical()))
	return s.encode(), nil
}
