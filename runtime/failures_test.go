package meshos_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/life"
	meshos "netmeshos/runtime"
)

// lifecycle fails the test unless runtime_json shows this lifecycle of a daemon.
func lifecycle(t *testing.T, sdk *meshos.SDK, h *meshos.Handle, want string) {
	t.Helper()
	if got := viewDaemon(t, sdk, h).Lifecycle; got != want {
		t.Errorf("lifecycle %q, want %q", got, want)
	}
}

func TestOutputsOfAFailedEventAreDiscarded(t *testing.T) {
	sdk := start(t, quiet)
	w := newRecorder(t)
	h := register(t, sdk, 1, w)
	var passed []string
	next := register(t, sdk, 2, processFunc(func(e meshos.InboundEvent, _ func([]byte)) error {
		passed = append(passed, fmt.Sprintf("%d: %s", e.Sequence, e.Payload))
		return nil
	}))
	wantKind(t, "Subscribe", sdk.Subscribe(h.ID(), next.ID()), "")
	var all, own outputs
	wantKind(t, "SetOutput", sdk.SetOutput(all.take), "")
	post(t, sdk, h, words(1, "a fail b fail fail c")...)
	wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(7, "fail"), own.take), meshos.KindProcessFailed)
	wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(8, "d"), own.take), "")
	flush(t, sdk, nil)
	w.has("a", "b", "c", "d")
	if want := "[1: a 2: b 3: c 4: d]"; fmt.Sprint(passed) != want {
		t.Errorf("passed on %v, want %s", passed, want)
	}
	own.are(t, "4: d of 7/8")
	all.are(t, "1: a of 7/1", "2: b of 7/3", "3: c of 7/6", "4: d of 7/8")
	view := viewDaemon(t, sdk, h)
	if view.Failures != 4 || view.EventsIn != 8 || view.Outputs != 4 || view.Restarts != 0 {
		t.Errorf("%+v", view)
	}
}

func TestAPanicIsAFailureOfThatEventAlone(t *testing.T) {
	sdk, seen := observe(t, quiet)
	var n atomic.Int64
	h := register(t, sdk, 1, processFunc(func(e meshos.InboundEvent, emit func([]byte)) error {
		emit([]byte("x"))
		if string(e.Payload) == "panic" {
			panic("on purpose")
		}
		n.Add(1)
		return nil
	}))
	var own outputs
	failure := sdk.Deliver(h.ID(), word(1, "panic"), own.take)
	wantKind(t, "Deliver", failure, meshos.KindProcessFailed)
	const text = "panic in Process: on purpose"
	if !strings.HasSuffix(failure.Error(), text) {
		t.Errorf("the error is %q", failure)
	}
	wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(2, "a"), own.take), "")
	own.are(t, "1: x of 7/2")
	failed := happened[life.Failed](seen)
	if len(failed) != 1 {
		t.Fatalf("failed: %+v", failed)
	}
	want := life.Failed{Daemon: daemonOf(h), Time: failed[0].Time, Origin: 7, Sequence: 1, Status: -1, Error: text}
	if failed[0] != want {
		t.Errorf("failed: %+v, want %+v", failed[0], want)
	}
	seen.logShows(t, h, seen.of(h))
}

func TestTheLast256FailuresAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		a, b := register(t, sdk, 1, newRecorder(t)), register(t, sdk, 2, newRecorder(t))
		for i := range uint64(300) {
			time.Sleep(time.Millisecond)
			h := []*meshos.Handle{a, b}[i%2]
			e := meshos.InboundEvent{Origin: 1 << 63, Sequence: i, Payload: []byte("fail")}
			wantKind(t, "Deliver", sdk.Deliver(h.ID(), e, nil), meshos.KindProcessFailed)
		}
		view := viewRuntime(t, sdk)
		if len(view.RecentFailures) != 256 || view.Totals.Failures != 300 {
			t.Fatalf("%d kept of %d", len(view.RecentFailures), view.Totals.Failures)
		}
		for i, f := range view.RecentFailures {
			sequence := uint64(i + 300 - 256)
			want := failure{
				UnixMS:   time.Now().Add(time.Duration(i-255) * time.Millisecond).UnixMilli(),
				DaemonID: []*meshos.Handle{a, b}[sequence%2].ID(),
				Origin:   1 << 63,
				Sequence: sequence,
				Status:   -1,
				Error:    "told to fail",
			}
			if f != want {
				t.Fatalf("failure %d is %+v, want %+v", i, f, want)
			}
		}
		for h, last := range map[*meshos.Handle]uint64{a: 298, b: 299} {
			if got := viewDaemon(t, sdk, h).LastFailure; got == nil || got.Sequence != last {
				t.Errorf("the last failure is %+v, want %d", got, last)
			}
		}
	})
}

// A daemon that fails all the time leaves room in the log for others. The counts are still
// exact.
func TestLogLinesOfFailuresAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk, seen := observe(t, quiet)
		h := register(t, sdk, 1, processFunc(func(e meshos.InboundEvent, _ func([]byte)) error { return errFails }))
		failed := func() life.Failed {
			return life.Failed{Daemon: daemonOf(h), Time: time.Now(), Origin: 7, Sequence: 1, Status: -1, Error: errFails.Error()}
		}
		var want []life.Event
		fail := func() {
			want = append(want, failed())
			wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "a"), nil), meshos.KindProcessFailed)
		}
		for range 500 {
			fail()
		}
		if got := linesOf(sdk, failed()); got != 16 {
			t.Errorf("%d lines of 500 failures at the same time", got)
		}
		time.Sleep(time.Second)
		fail()
		if got := seen.of(h); !slices.Equal(got, want) {
			t.Errorf("%d life events, want a failure for each of 501 events", len(got))
		}
		records := sdk.Logs(0, 0)
		if len(records) != 17 {
			t.Fatalf("%d lines, want 17", len(records))
		}
		_, line := failed().Line()
		if got := records[16].Message; got != line+failed().Suppressed(484) {
			t.Errorf("%q doesn't say how many other events were skipped", got)
		}
		if view := viewRuntime(t, sdk); view.Totals.Failures != 501 || len(view.RecentFailures) != 256 {
			t.Errorf("%d failures counted, %d kept", view.Totals.Failures, len(view.RecentFailures))
		}
	})
}

var errFails = errors.New("it fails")

// What a daemon returned reaches the caller of Deliver, the log and runtime_json, whatever
// it is.
func TestWhyADaemonFailedIsShown(t *testing.T) {
	for _, c := range []struct {
		rule string
		err  error
		text string
	}{
		{"words", errFails, "it fails"},
		{"several lines", errors.New("one\ntwo\x00\x1b three\n"), "one two   three"},
		{"not UTF-8", errors.New("\xffa"), "\uFFFDa"},
		{"nothing", errors.New(" "), "an error without words"},
		{"much", errors.New(strings.Repeat("é", 1<<20)), strings.Repeat("é", 128) + "…"},
		{"an error that panics", (*brokenError)(nil), "<nil>"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			sdk, seen := observe(t, quiet)
			h := register(t, sdk, 1, processFunc(func(meshos.InboundEvent, func([]byte)) error { return c.err }))
			err := sdk.Deliver(h.ID(), word(1, "a"), nil)
			wantKind(t, "Deliver", err, meshos.KindProcessFailed)
			if !strings.HasSuffix(err.Error(), ": "+c.text) || !errors.Is(err, c.err) {
				t.Errorf("Deliver: %q, which is the daemon's error: %v", err, errors.Is(err, c.err))
			}
			post(t, sdk, h, word(2, "b"))
			flush(t, sdk, h)
			for i, f := range happened[life.Failed](seen) {
				if f.Sequence != uint64(i+1) || f.Error != c.text {
					t.Errorf("failure %d: %+v", i, f)
				}
			}
			seen.logShows(t, h, seen.of(h))
			if last := viewDaemon(t, sdk, h).LastFailure; last == nil || last.Sequence != 2 || last.Error != c.text {
				t.Errorf("the last failure is %+v", last)
			}
			if all := viewRuntime(t, sdk).RecentFailures; len(all) != 2 || all[0].Error != c.text {
				t.Errorf("the recent failures are %+v", all)
			}
		})
	}
}

// brokenError is an error whose Error panics, as a nil pointer's in an error does.
type brokenError struct{ text string }

func (e *brokenError) Error() string { return e.text }

type brokenRestore struct{ processFunc }

func (brokenRestore) Restore([]byte) error { return (*brokenError)(nil) }

// An error whose Error panics harms nobody, whichever method returns it.
func TestAnErrorThatPanicsIsReported(t *testing.T) {
	sdk, seen := observe(t, quiet)
	h := register(t, sdk, 1, brokenRestore{})
	wantKind(t, "Restore", sdk.Restore(h.ID(), nil), meshos.KindRestoreFailed)
	if failed := happened[life.CallbackFailed](seen); len(failed) != 1 {
		t.Errorf("failed: %+v", failed)
	}
	if lines := sdk.Logs(0, 0); len(lines) != 1 || lines[0].Message != "<nil>" {
		t.Errorf("the log has %+v", lines)
	}
	wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "a"), nil), meshos.KindProcessFailed) // there is no Process
}
