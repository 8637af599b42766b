package identity

import (
	"bytes"
	stded25519 "crypto/ed25519"
	"fmt"
	"testing"
)

// The three vectors were measured on the reference library.
func TestIDsOfKnownSeeds(t *testing.T) {
	var zeros, ones, counting [SeedSize]byte
	for i := range SeedSize {
		ones[i], counting[i] = 0xff, byte(i)
	}
	for _, c := range []struct {
		seed [SeedSize]byte
		id   uint64
	}{
		{zeros, 0x87482e2f287f5d52},
		{ones, 0x93f095f2867796a0},
		{counting, 0x782a3238801976bf},
	} {
		t.Run(fmt.Sprintf("%x", c.seed[:4]), func(t *testing.T) {
			if got := FromSeed(&c.seed).ID; got != c.id {
				t.Errorf("id %x, want %x", got, c.id)
			}
		})
	}
}

func TestPublicKeyIsThatOfRFC8032(t *testing.T) {
	var seed [SeedSize]byte
	for i := range 64 {
		seed[i%SeedSize] ^= byte(i * 37)
		want := stded25519.NewKeyFromSeed(seed[:]).Public().(stded25519.PublicKey)
		if got := FromSeed(&seed).PublicKey; !bytes.Equal(got[:], want) {
			t.Fatalf("seed %x: key %x, want %x", seed, got, want)
		}
	}
}

// A derivation needs no memory from the heap: what it leaves there could not be wiped.
func TestADerivationTakesNothingFromTheHeap(t *testing.T) {
	seed := [SeedSize]byte{1, 2, 3}
	if n := testing.AllocsPerRun(100, func() { derived(&seed) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
