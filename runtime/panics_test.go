package meshos_test

import (
	"strings"
	"testing"
	"testing/synctest"

	meshos "netmeshos/runtime"
)

func hasLogged(sdk *meshos.SDK, text string) bool {
	for _, r := range sdk.Logs(0, 0) {
		if strings.Contains(r.Message, text) {
			return true
		}
	}
	return false
}

// A panic in an output function harms neither the caller of Deliver, nor the worker that
// processes posted events, nor the daemon.
func TestAnOutputFunctionThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		h := register(t, sdk, 1, processFunc(func(e meshos.InboundEvent, emit func([]byte)) error { emit(e.Payload); return nil }))
		panics := func(meshos.Output) { panic("oh dear") }
		wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "a"), panics), "")
		if !hasLogged(sdk, "oh dear") {
			t.Error("the panic in Deliver's function is not logged")
		}
		wantKind(t, "SetOutput", sdk.SetOutput(func(meshos.Output) { panic("alas") }), "")
		post(t, sdk, h, word(2, "b"))
		flush(t, sdk, h)
		if !hasLogged(sdk, "alas") {
			t.Error("the panic in the SDK's function is not logged")
		}
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
		sdk := start(t, quiet)
		h := register(t, sdk, 1, processFunc(func(e meshos.InboundEvent, emit func([]byte)) error { emit(e.Payload); return nil }))
		wantKind(t, "SetOutput", sdk.SetOutput(func(meshos.Output) { panic("alas") }), "")
		for range 100 {
			wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "a"), func(meshos.Output) { panic("oh dear") }), "")
		}
		if first, second := countLogged(sdk, "alas"), countLogged(sdk, "oh dear"); first != 16 || second != 16 {
			t.Errorf("%d and %d lines of 100 panics each", first, second)
		}
	})
}

func TestALogFunctionThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		h := register(t, sdk, 1, newRecorder(t))
		calls := 0
		wantKind(t, "OnLog", sdk.OnLog(meshos.LevelInfo, func(meshos.LogRecord) { calls++; panic("oh dear") }), "")
		for range 3 {
			wantKind(t, "PublishLog", h.PublishLog(meshos.LevelInfo, "a"), "")
		}
		synctest.Wait()
		if calls != 1 || !hasLogged(sdk, "oh dear") {
			t.Errorf("%d calls, logged: %v", calls, hasLogged(sdk, "oh dear"))
		}
	})
}
