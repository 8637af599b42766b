package meshos_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	meshos "netmeshos/runtime"
)

// slowly starts an SDK with an inbox for four events, and a daemon that needs a second for
// each.
func slowly(t *testing.T) (*meshos.SDK, *meshos.Handle, *recorder) {
	config := restarts
	config.InboxCapacity = 4
	sdk := start(t, config)
	w := newRecorder(t)
	w.before = func(meshos.InboundEvent) { time.Sleep(time.Second) }
	return sdk, register(t, sdk, 1, w), w
}

// wait posts events and checks the outcome.
func wait(t *testing.T, sdk *meshos.SDK, h *meshos.Handle, text string, limit time.Duration, accepted int, kind meshos.Kind) {
	t.Helper()
	n, err := sdk.PostWait(h.ID(), words(1, text), limit)
	wantKind(t, "PostWait", err, kind)
	if n != accepted {
		t.Errorf("%q: %d were accepted, want %d: %v", text, n, accepted, err)
	}
}

func TestPostWaitWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk, h, w := slowly(t)
		within(t, "with room", 0, func() { wait(t, sdk, h, "a b c d", time.Hour, 4, "") })
		within(t, "without room", 500*time.Millisecond, func() { wait(t, sdk, h, "x", 500*time.Millisecond, 0, meshos.KindQueueFull) })
		within(t, "for ever", 3500*time.Millisecond, func() { wait(t, sdk, h, "e f g h", 0, 4, "") })
		var posting sync.WaitGroup
		posting.Go(func() { wait(t, sdk, h, "i j k l", time.Hour, 4, "") })
		synctest.Wait()
		posting.Go(func() { wait(t, sdk, h, "m n", time.Hour, 2, "") })
		synctest.Wait()
		wait(t, sdk, h, "y z", 1500*time.Millisecond, 0, meshos.KindQueueFull) // others came before
		posting.Wait()
		flush(t, sdk, h)
		w.has(strings.Fields("a b c d e f g h i j k l m n")...)
	})
}

// The number is exact when the time is over in the middle.
func TestPostWaitSaysHowManyWereAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk, h, w := slowly(t)
		post(t, sdk, h, words(1, "a")...)
		synctest.Wait() // a batch of one
		wait(t, sdk, h, "b c d e f g h i j k", 1500*time.Millisecond, 4, meshos.KindQueueFull)
		flush(t, sdk, h)
		w.has(strings.Fields("a b c d e")...)
		wait(t, sdk, h, "", time.Second, 0, "")
	})
}

// Whatever makes a daemon refuse events ends the wait, with what a Post gets.
func TestPostWaitEndsWithTheDaemon(t *testing.T) {
	for name, end := range map[string]struct {
		do   func(*meshos.SDK, *meshos.Handle)
		kind meshos.Kind
	}{
		"maintenance": {func(sdk *meshos.SDK, _ *meshos.Handle) { _ = sdk.EnterMaintenance(0) }, meshos.KindDraining},
		"stop":        {func(sdk *meshos.SDK, h *meshos.Handle) { go sdk.StopDaemon(h.ID(), 60_000) }, meshos.KindDraining},
		"shutdown":    {func(_ *meshos.SDK, h *meshos.Handle) { go h.GracefulShutdown(60_000) }, meshos.KindDraining},
		"close":       {func(_ *meshos.SDK, h *meshos.Handle) { go h.Close() }, meshos.KindStopped},
		"SDK":         {func(sdk *meshos.SDK, _ *meshos.Handle) { go sdk.Shutdown() }, meshos.KindStopped},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sdk, h, w := slowly(t)
				w.before = func(meshos.InboundEvent) { time.Sleep(time.Hour) }
				post(t, sdk, h, words(1, "a b c d")...)
				var posting sync.WaitGroup
				posting.Go(func() { wait(t, sdk, h, "e", 0, 0, end.kind) })
				posting.Go(func() { wait(t, sdk, h, "f", 0, 0, end.kind) })
				synctest.Wait()
				within(t, name, 0, func() { end.do(sdk, h); posting.Wait() })
				time.Sleep(5 * time.Hour)
			})
		})
	}
}

// In a crash loop nothing makes room.
func TestPostWaitEndsWithACrashLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := restarts
		config.InboxCapacity, config.CrashLoopThreshold = 2, 1
		sdk := start(t, config)
		w := newRecorder(t)
		w.before = func(meshos.InboundEvent) { time.Sleep(time.Second) }
		h := register(t, sdk, 1, w)
		post(t, sdk, h, words(1, "fail x")...)
		within(t, "PostWait", time.Second, func() { wait(t, sdk, h, "y z", 0, 0, meshos.KindBackingOff) })
	})
}

// A method can't wait for its own daemon to process what it posts.
func TestPostWaitInsideAMethodOfTheDaemon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk, h, w := slowly(t)
		w.before = func(e meshos.InboundEvent) {
			if string(e.Payload) == "a" {
				within(t, "PostWait", 0, func() { wait(t, sdk.Inside(h), h, "b c d e f", 0, 3, meshos.KindInvalidState) })
			}
		}
		post(t, sdk, h, words(1, "a")...)
		flush(t, sdk, h)
		w.has(strings.Fields("a b c d")...)
	})
}

func TestSeedsAreRandom(t *testing.T) {
	seen := map[[meshos.SeedSize]byte]bool{{}: true}
	for range 100 {
		seed := meshos.NewSeed()
		if seen[seed] {
			t.Fatalf("%x twice, or zero", seed)
		}
		seen[seed] = true
	}
}
