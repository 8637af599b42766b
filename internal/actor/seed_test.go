package actor

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// dice returns random numbers of a seed that is printed, or of the one that the
// variable MESHOS_SEED gives.
func dice(t *testing.T) *rand.Rand {
	t.Helper()
	seed, err := strconv.ParseUint(os.Getenv("MESHOS_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("the same again: MESHOS_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}
