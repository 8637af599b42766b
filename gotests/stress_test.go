package gotests

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// Many goroutines make random calls on a few SDKs and daemons, whose callbacks do so too.
// Each call checks what must always hold; see world and actor.
//
// MESHOS_STRESS_MS says how long it takes. MESHOS_STRESS_SEED repeats the calls of a run,
// though not the order in which the goroutines make them.
func TestStress(t *testing.T) {
	lasts := time.Duration(environment(t, "MESHOS_STRESS_MS", 1500)) * time.Millisecond
	seed := environment(t, "MESHOS_STRESS_SEED", rand.Uint64())
	t.Logf("MESHOS_STRESS_SEED=%d", seed)
	// Without a timeout, a deadlock would keep the log from being shown.
	deadlock := time.AfterFunc(lasts+2*time.Minute, func() { panic(fmt.Sprintf("stuck; MESHOS_STRESS_SEED=%d", seed)) })
	defer deadlock.Stop()

	w := newWorld(t)
	end := time.Now().Add(lasts)
	var acting sync.WaitGroup
	for n := range uint64(6) {
		acting.Go(func() {
			a := &actor{world: w, random: rand.New(rand.NewPCG(seed, n))}
			for time.Now().Before(end) {
				a.act()
			}
		})
	}
	acting.Wait()
	w.end()
	goleak.VerifyNone(t)
	t.Logf("%d daemons lived", w.registered.Load())
}

// environment returns the number in an environment variable.
func environment(t *testing.T, name string, otherwise uint64) uint64 {
	text, set := os.LookupEnv(name)
	if !set {
		return otherwise
	}
	value, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}
