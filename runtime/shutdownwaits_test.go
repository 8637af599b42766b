package meshos_test

import (
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"

	meshos "netmeshos/runtime"
)

// A function that is called after a daemon's last callback takes long. A shutdown still
// wakes those who wait for control events, ends the other daemons, and fails when its time
// is over.
func TestASlowAfterLastDoesNotBlockShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		slow, other := register(t, sdk, 1, newRecorder(t)), register(t, sdk, 2, newRecorder(t))
		gate := make(chan struct{})
		ended := make(chan struct{})
		slow.AfterLast(func() { <-gate })
		other.AfterLast(func() { close(ended) })
		woken := make(chan struct{})
		go func() {
			none(t, other) // returns when the SDK is down
			close(woken)
		}()
		synctest.Wait()
		result := make(chan error, 1)
		began := time.Now()
		go func() { result <- sdk.Shutdown() }()
		synctest.Wait()
		for what, closed := range map[string]chan struct{}{"a reader": woken, "another daemon": ended} {
			select {
			case <-closed:
			default:
				t.Errorf("%s is held up", what)
			}
		}
		wantKind(t, "Shutdown", <-result, meshos.KindShutdownFailed)
		if took := time.Since(began); took != meshos.ShutdownGrace {
			t.Errorf("it took %v", took)
		}
		close(gate)
		slow.Close()
	})
}

func TestShutdownWaitsForAfterLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		h := register(t, sdk, 1, newRecorder(t))
		over := false
		h.AfterLast(func() {
			time.Sleep(time.Second)
			over = true
		})
		wantKind(t, "Shutdown", sdk.Shutdown(), "")
		if !over {
			t.Error("it is not over")
		}
	})
}

// Free waits for callbacks even if somebody else began the shutdown.
func TestFreeWaitsForAShutdownThatHasBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		var over atomic.Bool
		h := registerKnown(t, sdk, 1, func(func() *meshos.Handle) meshos.Daemon {
			return processFunc(func(meshos.InboundEvent, func([]byte)) error {
				wantKind(t, "BeginShutdown", sdk.BeginShutdown(), "")
				time.Sleep(time.Second)
				over.Store(true)
				return nil
			})
		})
		post(t, sdk, h, word(1, "a"))
		synctest.Wait()
		wantKind(t, "Shutdown", sdk.Shutdown(), meshos.KindAlreadyShutdown)
		if over.Load() {
			t.Fatal("a second Shutdown has waited")
		}
		wantKind(t, "Free", sdk.Free(), "")
		if !over.Load() {
			t.Error("a callback still runs")
		}
	})
}

// A log function gets no new records once a shutdown has begun. A Free that isn't called
// inside it waits for it.
func TestFreeWaitsForTheLogFunction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		h := register(t, sdk, 1, newRecorder(t))
		gate := make(chan struct{})
		var runs atomic.Bool
		wantKind(t, "OnLog", sdk.OnLog(meshos.LevelTrace, func(meshos.LogRecord) {
			runs.Store(true)
			<-gate
			runs.Store(false)
		}), "")
		wantKind(t, "PublishLog", h.PublishLog(meshos.LevelInfo, "a"), "")
		synctest.Wait()
		wantKind(t, "BeginShutdown", sdk.BeginShutdown(), "")
		wantKind(t, "Free", sdk.Free(), meshos.KindShutdownFailed)
		wantKind(t, "Free again", sdk.Free(), meshos.KindShutdownFailed) // the first has waited for both
		close(gate)
		synctest.Wait()
		wantKind(t, "Free after the last record", sdk.Free(), "")
		if runs.Load() {
			t.Error("the log function still runs")
		}
	}) // and no goroutine is left in the bubble
}

func TestBeginShutdownEndsTheLogFunction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		wantKind(t, "OnLog", sdk.OnLog(meshos.LevelTrace, func(meshos.LogRecord) {}), "")
		wantKind(t, "BeginShutdown", sdk.BeginShutdown(), "")
	}) // the bubble doesn't end while a goroutine of it waits
}
