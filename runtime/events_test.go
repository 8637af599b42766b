package meshos_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/life"
	meshos "netmeshos/runtime"
)

func TestPostCopiesAndKeepsTheOrder(t *testing.T) {
	sdk := start(t, quiet)
	w := newRecorder(t)
	h := register(t, sdk, 1, w)
	var want []string
	for i := range 200 {
		payload := fmt.Appendf(nil, "p%d", i)
		want = append(want, string(payload))
		post(t, sdk, h, meshos.InboundEvent{Payload: payload})
		clear(payload)
	}
	flush(t, sdk, h)
	w.has(want...)
}

func TestAFullInboxRefusesTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := quiet
		config.InboxCapacity = 4
		sdk := start(t, config)
		w := newRecorder(t)
		open := make(chan struct{})
		w.before = func(meshos.InboundEvent) { <-open }
		h := register(t, sdk, 1, w)
		for _, c := range []struct {
			text string
			took int
			kind meshos.Kind
		}{
			{"", 0, ""}, {"a b c", 3, ""}, {"d e f", 1, meshos.KindQueueFull}, {"g", 0, meshos.KindQueueFull}, {"", 0, ""},
		} {
			n, err := sdk.Post(h.ID(), words(1, c.text))
			wantKind(t, "Post of "+c.text, err, c.kind)
			if n != c.took {
				t.Errorf("Post of %q took %d, want %d", c.text, n, c.took)
			}
		}
		close(open)
		synctest.Wait()
		w.has("a", "b", "c", "d")
		post(t, sdk, h, words(1, "e f g h")...) // there is room again
		flush(t, sdk, h)
		w.has(strings.Fields("a b c d e f g h")...)
	})
}

func TestDeliverComesAfterWhatWasPostedBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		w := newRecorder(t)
		open := make(chan struct{})
		w.before = func(meshos.InboundEvent) { <-open }
		h := register(t, sdk, 1, w)
		var delivered sync.WaitGroup
		post(t, sdk, h, words(1, "a b")...)
		for _, step := range []struct{ delivered, posted string }{{"c", "d e"}, {"f", ""}, {"g", "h"}} {
			delivered.Go(func() { deliver(t, sdk, h, word(1, step.delivered)) })
			synctest.Wait()
			post(t, sdk, h, words(1, step.posted)...)
		}
		close(open)
		delivered.Wait()
		flush(t, sdk, h)
		w.has(strings.Fields("a b c d e f g h")...)
	})
}

func TestDaemonsThatRefuseEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := quiet
		config.MaxPayloadBytes = 3
		config.OnProcessFailure = meshos.Restart
		config.CrashLoopThreshold = 1
		sdk := start(t, config)
		hold := make(chan struct{})
		shuttingDown := register(t, sdk, 1, newRecorder(t))
		stopped := register(t, sdk, 2, newRecorder(t))
		looping := register(t, sdk, 3, newRecorder(t))
		well := register(t, sdk, 4, newRecorder(t))
		closed := register(t, sdk, 5, newRecorder(t))
		go func() { defer close(hold); wantKind(t, "GracefulShutdown", shuttingDown.GracefulShutdown(1000), "") }()
		wantKind(t, "StopDaemon", sdk.StopDaemon(stopped.ID(), 1), "")
		wantKind(t, "Deliver", sdk.Deliver(looping.ID(), word(1, "fail"), nil), meshos.KindInvalidArgument) // 4 bytes
		config.MaxPayloadBytes = 4
		closed.Close()
		synctest.Wait()

		refuses := func(what string, id uint64, payload string, kind meshos.Kind) {
			t.Helper()
			wantKind(t, "Deliver to "+what, sdk.Deliver(id, word(1, payload), nil), kind)
			n, err := sdk.Post(id, []meshos.InboundEvent{{}, word(1, payload)})
			wantKind(t, "Post to "+what, err, kind)
			if n != 0 {
				t.Errorf("Post to %s took %d", what, n)
			}
		}
		refuses("a daemon that is being shut down", shuttingDown.ID(), "abc", meshos.KindDraining)
		refuses("a daemon that was stopped", stopped.ID(), "abc", meshos.KindStopped)
		refuses("a daemon that has gone", closed.ID(), "abc", meshos.KindNotFound)
		refuses("nobody", 12345, "abc", meshos.KindNotFound)
		refuses("zero", 0, "abc", meshos.KindNotFound)
		refuses("a daemon that is well, of too much", well.ID(), "abcd", meshos.KindInvalidArgument)
		refuses("nobody, of too much", 12345, "abcd", meshos.KindNotFound)
		wantKind(t, "Flush", sdk.Flush(12345, 0), meshos.KindNotFound)

		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), "")
		refuses("a node in maintenance", well.ID(), "abc", meshos.KindDraining)
		refuses("a daemon that was stopped, in maintenance", stopped.ID(), "abc", meshos.KindStopped)
		synctest.Wait()
		wantKind(t, "ExitMaintenance", sdk.ExitMaintenance(), "")
		deliver(t, sdk, well, word(1, "abc"))

		<-hold
		wantKind(t, "Shutdown", sdk.Shutdown(), "")
		refuses("an SDK that was shut down", well.ID(), "abc", meshos.KindAlreadyShutdown)
		refuses("nobody in an SDK that was shut down", 12345, "abcd", meshos.KindAlreadyShutdown)
		for what, err := range map[string]error{
			"Flush":            sdk.Flush(well.ID(), 0),
			"Flush of all":     sdk.Flush(0, 0),
			"SetOutput":        sdk.SetOutput(nil),
			"Subscribe":        sdk.Subscribe(well.ID(), well.ID()),
			"Unsubscribe":      sdk.Unsubscribe(well.ID(), well.ID()),
			"Restore":          sdk.Restore(well.ID(), nil),
			"EnterMaintenance": sdk.EnterMaintenance(0),
			"ExitMaintenance":  sdk.ExitMaintenance(),
			"StopDaemon":       sdk.StopDaemon(well.ID(), 0),
			"RestartDaemon":    sdk.RestartDaemon(well.ID()),
			"OnLog":            sdk.OnLog(meshos.LevelTrace, nil),
		} {
			wantKind(t, what+" after Shutdown", err, meshos.KindAlreadyShutdown)
		}
		_, err := sdk.Snapshot(well.ID())
		wantKind(t, "Snapshot after Shutdown", err, meshos.KindAlreadyShutdown)
	})
}

func TestFlushTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		slow := newRecorder(t)
		slow.before = func(meshos.InboundEvent) { time.Sleep(time.Second) }
		a, b := register(t, sdk, 1, slow), register(t, sdk, 2, newRecorder(t))
		within(t, "Flush of nothing", 0, func() { flush(t, sdk, nil); flush(t, sdk, a) })
		post(t, sdk, a, words(1, "1 2 3")...)
		within(t, "Flush of an idle daemon", 0, func() { flush(t, sdk, b) })
		within(t, "Flush", time.Millisecond, func() {
			wantKind(t, "Flush", sdk.Flush(a.ID(), time.Millisecond), meshos.KindTimeout)
		})
		within(t, "Flush of all", 999*time.Millisecond, func() {
			wantKind(t, "Flush", sdk.Flush(0, 999*time.Millisecond), meshos.KindTimeout)
		})
		within(t, "Flush in time", 2*time.Second, func() {
			wantKind(t, "Flush", sdk.Flush(a.ID(), time.Hour), "")
		})
		post(t, sdk, a, words(1, "4 5")...)
		within(t, "Flush of all, in time", 2*time.Second, func() { wantKind(t, "Flush", sdk.Flush(0, 3*time.Second), "") })
		post(t, sdk, a, words(1, "6")...)
		within(t, "Flush at the last moment", time.Second, func() { flush(t, sdk, nil) })
		slow.has("1", "2", "3", "4", "5", "6")
	})
}

// A flush of all daemons follows an event through all subscriptions.
func TestFlushOfAllFollowsSubscriptions(t *testing.T) {
	sdk := start(t, quiet)
	const length = 20
	var workers []*recorder
	var handles []*meshos.Handle
	for i := range length {
		workers = append(workers, newRecorder(t))
		handles = append(handles, register(t, sdk, byte(i), workers[i]))
		if i > 0 {
			wantKind(t, "Subscribe", sdk.Subscribe(handles[i-1].ID(), handles[i].ID()), "")
		}
	}
	for i := range 50 {
		post(t, sdk, handles[0], word(1, fmt.Sprint(i)))
		flush(t, sdk, nil)
		if n := len(workers[length-1].all()); n != i+1 {
			t.Fatalf("%d of %d events have come through", n, i+1)
		}
	}
}

// Calls inside callbacks that would wait for themselves are refused at once.
func TestCallsThatWouldWaitForThemselvesAreRefused(t *testing.T) {
	sdk := start(t, quiet)
	var a, b *meshos.Handle
	inside := func(handles ...*meshos.Handle) []*meshos.Handle { return handles }
	known := make(chan struct{})
	a = register(t, sdk, 1, processFunc(func(e meshos.InboundEvent, _ func([]byte)) error {
		<-known
		if string(e.Payload) == "back" {
			return nil
		}
		self := inside(a)
		wantKind(t, "Deliver to itself", sdk.Inside(self...).Deliver(a.ID(), e, nil), meshos.KindInvalidState)
		wantKind(t, "Flush of itself", sdk.Inside(self...).Flush(a.ID(), 0), meshos.KindInvalidState)
		wantKind(t, "Flush of all", sdk.Inside(self...).Flush(0, 0), meshos.KindInvalidState)
		wantKind(t, "Restore of itself", sdk.Inside(self...).Restore(a.ID(), nil), "") // it has no such method
		_, err := sdk.Inside(self...).Snapshot(a.ID())
		wantKind(t, "Snapshot of itself", err, "")
		wantKind(t, "SetOutput", sdk.Inside(self...).SetOutput(nil), "")
		wantKind(t, "Deliver to another", sdk.Inside(self...).Deliver(b.ID(), e, nil), "")
		post(t, sdk, a, word(1, "back"))
		return nil
	}))
	b = register(t, sdk, 2, processFunc(func(e meshos.InboundEvent, _ func([]byte)) error {
		both := inside(a, b) // called by a, so inside both
		wantKind(t, "Deliver back", sdk.Inside(both...).Deliver(a.ID(), e, nil), meshos.KindInvalidState)
		wantKind(t, "Flush of the caller", sdk.Inside(both...).Flush(a.ID(), 0), meshos.KindInvalidState)
		wantKind(t, "Deliver to itself", sdk.Inside(both...).Deliver(b.ID(), e, nil), meshos.KindInvalidState)
		return nil
	}))
	close(known)
	deliver(t, sdk, a, word(1, "x"))
	post(t, sdk, a, word(1, "x"))
	flush(t, sdk, nil)
}

// A slow daemon gets probes and control events between any two events.
func TestOtherCallbacksRunBetweenSlowEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := quiet
		config.WatchdogMS = 1_500
		sdk, seen := observe(t, config)
		w := newRecorder(t)
		w.before = func(meshos.InboundEvent) { time.Sleep(time.Second) }
		received := make(chan time.Time, 10)
		w.onControl = func(meshos.Event) { received <- time.Now() }
		h := register(t, sdk, 1, w)
		begin := time.Now()
		post(t, sdk, h, words(1, strings.Repeat("x ", 100))...)
		time.Sleep(10 * time.Millisecond)
		time.Sleep(time.Second)
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), "")
		if at := (<-received).Sub(begin); at != 2*time.Second {
			t.Errorf("received after %v, want 2s", at)
		}
		if late := happened[life.Overdue](seen); len(late) > 0 {
			t.Errorf("no callback took longer than 1 s: %v", late)
		}
		time.Sleep(10 * time.Millisecond)
		within(t, "StopDaemon", 990*time.Millisecond, func() {
			wantKind(t, "StopDaemon", sdk.StopDaemon(h.ID(), 980), "")
		})
		time.Sleep(10 * time.Second)
		if n := len(w.all()); n != 3 {
			t.Errorf("%d events processed when stopped in the third second", n)
		}
	})
}
