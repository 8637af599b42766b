package meshos_test

import (
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/life"
	meshos "netmeshos/runtime"
)

// A panic in an output function harms neither the caller of Deliver, who gets an error, nor the worker that
// processes posted events, nor the daemon.
func TestAnOutputFunctionThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk, seen := observe(t, quiet)
		h := register(t, sdk, 1, processFunc(func(e meshos.InboundEvent, emit func([]byte)) error { emit(e.Payload); return nil }))
		panics := func(meshos.Output) { panic("oh dear") }
		err := sdk.Deliver(h.ID(), word(1, "a"), panics)
		wantKind(t, "Deliver", err, meshos.KindRuntimePanic)
		if err == nil || !strings.HasSuffix(err.Error(), "the output function has panicked: oh dear") {
			t.Errorf("the error is %v", err)
		}
		seen.methodsFailed(t, h, [2]string{"the output function", "panic in the output function: oh dear"})
		wantKind(t, "SetOutput", sdk.SetOutput(func(meshos.Output) { panic("alas") }), "")
		post(t, sdk, h, word(2, "b"))
		flush(t, sdk, h)
		if got, want := happened[life.OutputPanicked](seen), (life.OutputPanicked{Daemon: daemonOf(h), Cause: "alas"}); len(got) != 1 || got[0] != want {
			t.Errorf("panicked: %+v, want %+v", got, want)
		}
		seen.logShows(t, h, seen.of(h))
		var got outputs
		wantKind(t, "SetOutput", sdk.SetOutput(nil), "")
		wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(3, "c"), got.take), "")
		got.are(t, "3: c of 7/3")
		h.Close()
	})
}

// Functions that panic for each output leave room in the log for others.
func TestLogLinesOfPanicsAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk, seen := observe(t, quiet)
		h := register(t, sdk, 1, processFunc(func(e meshos.InboundEvent, emit func([]byte)) error { emit(e.Payload); return nil }))
		wantKind(t, "SetOutput", sdk.SetOutput(func(meshos.Output) { panic("alas") }), "")
		for range 100 {
			wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "a"), func(meshos.Output) { panic("oh dear") }), meshos.KindRuntimePanic)
		}
		first, second := happened[life.OutputPanicked](seen), happened[life.CallbackFailed](seen)
		if len(first) != 100 || len(second) != 100 {
			t.Fatalf("%d and %d of 100 panics each have happened", len(first), len(second))
		}
		if first, second := linesOf(sdk, first[0]), linesOf(sdk, second[0]); first != 16 || second != 16 {
			t.Errorf("%d and %d lines of 100 panics each", first, second)
		}
	})
}

func TestALogFunctionThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk, seen := observe(t, quiet)
		h := register(t, sdk, 1, newRecorder(t))
		calls := 0
		wantKind(t, "OnLog", sdk.OnLog(meshos.LevelInfo, func(meshos.LogRecord) { calls++; panic("oh dear") }), "")
		for range 3 {
			wantKind(t, "PublishLog", h.PublishLog(meshos.LevelInfo, "a"), "")
		}
		synctest.Wait()
		if calls != 1 {
			t.Errorf("%d calls", calls)
		}
		seen.expect(t, nil, life.LogFunctionPanicked{Cause: "oh dear"})
	})
}

// A Process that ends its goroutine has failed, and the daemon goes on: within a Deliver,
// whose caller is ended, and with posted events, of which none is lost.
func TestAProcessThatCallsGoexit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk, seen := observe(t, quiet)
		var late func([]byte)
		h := register(t, sdk, 1, processFunc(func(e meshos.InboundEvent, emit func([]byte)) error {
			emit(e.Payload)
			if string(e.Payload) == "end" {
				late = emit
				runtime.Goexit()
			}
			return nil
		}))
		var got outputs
		wantKind(t, "SetOutput", sdk.SetOutput(got.take), "")
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = sdk.Deliver(h.ID(), word(1, "end"), nil)
			t.Error("Deliver has returned")
		}()
		<-ended
		late([]byte("late"))
		wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(2, "a"), nil), "")
		post(t, sdk, h, word(3, "b"), word(4, "end"), word(5, "c"), word(6, "end"), word(7, "d"))
		synctest.Wait()
		wantKind(t, "Flush", sdk.Flush(h.ID(), time.Minute), "")
		got.are(t, "1: a of 7/2", "2: b of 7/3", "3: c of 7/5", "4: d of 7/7")
		failures := happened[life.Failed](seen)
		if len(failures) != 3 {
			t.Fatalf("failures: %+v", failures)
		}
		for _, f := range failures {
			if f.Error != "Process has called runtime.Goexit" {
				t.Errorf("the failure is %q", f.Error)
			}
		}
		h.Close()
	})
}
