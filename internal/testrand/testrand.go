// Package testrand gives tests random numbers that can be repeated.
package testrand

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// New returns random numbers whose seed is logged, or that of the variable
// MESHOS_SEED, which repeats a run.
func New(t testing.TB) *rand.Rand {
	t.Helper()
	seed, err := strconv.ParseUint(os.Getenv("MESHOS_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("to repeat: MESHOS_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}
