package meshos_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	meshos "netmeshos/runtime"
)

// Daemons with only one of Snapshot and Restore.
type (
	snapshotOnly struct{ processFunc }
	restoreOnly  struct{ processFunc }
)

func (snapshotOnly) Snapshot() []byte    { return []byte("s") }
func (restoreOnly) Restore([]byte) error { return nil }

func ignore(meshos.InboundEvent, func([]byte)) error { return nil }

func TestSnapshotAndRestore(t *testing.T) {
	sdk := start(t, quiet)
	for i, c := range []struct {
		name    string
		daemon  meshos.Daemon
		state   string // that Snapshot gives
		restore map[string]meshos.Kind
	}{
		{"with a state", &recorder{t: t, seen: []string{"a", "b"}}, "a b", map[string]meshos.Kind{"": "", "x y": "", "fail": meshos.KindRestoreFailed}},
		{"with an empty state", newRecorder(t), "", map[string]meshos.Kind{"": ""}},
		{"without", processFunc(ignore), "", map[string]meshos.Kind{"": "", "x": meshos.KindRestoreFailed}},
		{"that only gives it", snapshotOnly{ignore}, "s", map[string]meshos.Kind{"": "", "x": meshos.KindRestoreFailed}},
		{"that only takes it", restoreOnly{ignore}, "", map[string]meshos.Kind{"": "", "x": ""}},
		{"that is nil", nil, "", map[string]meshos.Kind{"": "", "x": meshos.KindRestoreFailed}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := register(t, sdk, byte(i), c.daemon)
			state, err := sdk.Snapshot(h.ID())
			wantKind(t, "Snapshot", err, "")
			if string(state) != c.state || (state == nil) != (c.state == "") {
				t.Errorf("the state is %q", state)
			}
			for state, kind := range c.restore {
				wantKind(t, fmt.Sprintf("Restore(%q)", state), sdk.Restore(h.ID(), []byte(state)), kind)
			}
			wantKind(t, "Restore(nil)", sdk.Restore(h.ID(), nil), "")
			h.Close()
			_, err = sdk.Snapshot(h.ID())
			wantKind(t, "Snapshot", err, meshos.KindNotFound)
			wantKind(t, "Restore", sdk.Restore(h.ID(), nil), meshos.KindNotFound)
		})
	}
}

// Snapshots and restores take their place among the events that are posted.
func TestAStateIsInOrderWithTheEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		w := newRecorder(t)
		step := make(chan struct{})
		w.before = func(meshos.InboundEvent) { <-step }
		h := register(t, sdk, 1, w)
		post(t, sdk, h, words(1, "a b c")...)
		synctest.Wait() // the batch has begun
		post(t, sdk, h, words(4, "d e")...)
		var states [2]string
		var working sync.WaitGroup
		take := func(state *string) {
			working.Go(func() {
				taken, err := sdk.Snapshot(h.ID())
				wantKind(t, "Snapshot", err, "")
				*state = string(taken)
			})
			synctest.Wait()
		}
		take(&states[0])
		post(t, sdk, h, words(6, "f")...)
		working.Go(func() { wantKind(t, "Restore", sdk.Restore(h.ID(), []byte("x")), "") })
		synctest.Wait()
		post(t, sdk, h, words(7, "g")...)
		working.Go(func() { wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(8, "h"), nil), "") })
		synctest.Wait()
		take(&states[1])
		post(t, sdk, h, words(9, "i")...)
		close(step)
		working.Wait()
		flush(t, sdk, h)
		w.has("x", "g", "h", "i")
		if states != [2]string{"a b c d e", "x g h"} {
			t.Errorf("the states are %q", states)
		}
	})
}

// A daemon that is held after a failure, or stopped, gives and takes a state at once: it
// doesn't wait for events that wait for a restart, whether they were posted before the hold
// or after it began.
func TestAStateOfAHeldOrStoppedDaemonNeedsNoWait(t *testing.T) {
	for _, early := range []bool{false, true} {
		for name, hold := range map[string]string{"held": "fail", "stopped": ""} {
			t.Run(fmt.Sprint(name, early), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					held := restarts
					held.BackoffFirstMS = 10
					sdk := start(t, held)
					w := newRecorder(t)
					step := make(chan struct{})
					w.before = func(meshos.InboundEvent) { <-step }
					h := register(t, sdk, 1, w)
					post(t, sdk, h, words(1, strings.TrimSpace("a "+hold+" b c"))...)
					synctest.Wait()
					var asking sync.WaitGroup
					ask := func() {
						asking.Go(func() {
							state, err := sdk.Snapshot(h.ID())
							wantKind(t, "Snapshot", err, "")
							if string(state) != "a" {
								t.Errorf("the state is %q", state)
							}
							wantKind(t, "Restore", sdk.Restore(h.ID(), []byte("x")), "")
						})
						synctest.Wait()
					}
					if early {
						ask()
					}
					if hold == "" {
						asking.Go(func() { _ = sdk.StopDaemon(h.ID(), 1) })
						time.Sleep(2 * time.Millisecond)
					}
					before := time.Now()
					close(step)
					synctest.Wait()
					if !early {
						ask()
					}
					asking.Wait()
					if late := time.Since(before); late > 0 {
						t.Errorf("it took %v", late)
					}
				})
			})
		}
	}
}

// Each snapshot of a busy daemon is consistent: a prefix of the events that it processes.
func TestSnapshotsOfABusyDaemonAreConsistent(t *testing.T) {
	sdk := start(t, quiet)
	w := newRecorder(t)
	h := register(t, sdk, 1, w)
	const events = 2000
	var want strings.Builder
	for i := range events {
		fmt.Fprintf(&want, "%d ", i)
	}
	var working sync.WaitGroup
	working.Go(func() {
		for i := range events {
			post(t, sdk, h, word(uint64(i), fmt.Sprint(i)))
		}
	})
	for taken := -1; taken < events-1; {
		state, err := sdk.Snapshot(h.ID())
		wantKind(t, "Snapshot", err, "")
		text := string(state)
		if !strings.HasPrefix(want.String(), text) {
			t.Fatalf("the state is %.100q", text)
		}
		if last := strings.LastIndexByte(text, ' '); text != "" {
			if _, err := fmt.Sscan(text[last+1:], &taken); err != nil {
				t.Fatal(err)
			}
		}
	}
	working.Wait()
}

// A Snapshot that panics or gives nothing yields no state, and a failure goes back to the one
// before. An empty state is one.
func TestASnapshotWithoutAStateKeepsTheOneBefore(t *testing.T) {
	for _, c := range []struct {
		rule     string
		snapshot func() []byte
		kind     meshos.Kind
		restored string
		line     string // nothing is logged where it is empty
	}{
		{"panics", func() []byte { panic("not now") }, meshos.KindCallbackFailed, "good", "panic in Snapshot: not now"},
		{"gives nothing", func() []byte { return nil }, "", "good", "snapshot gave nothing"},
		{"gives an empty state", func() []byte { return []byte{} }, "", "", ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			config := restarts
			config.StateDir = t.TempDir()
			sdk := start(t, config)
			d := &fickle{snapshot: func() []byte { return []byte("good") }, restored: make(chan string, 1)}
			h := register(t, sdk, 1, d)
			_, err := sdk.Snapshot(h.ID())
			wantKind(t, "the first Snapshot", err, "")
			d.snapshot = c.snapshot
			state, err := sdk.Snapshot(h.ID())
			wantKind(t, "the second Snapshot", err, c.kind)
			if len(state) > 0 {
				t.Errorf("it is %q", state)
			}
			var said string
			for _, record := range sdk.Logs(0, 0) {
				if text, found := strings.CutPrefix(record.Message, "the state could not be saved, and the one before is kept: "); found {
					said += text
				}
			}
			if said != c.line {
				t.Errorf("the log says %q", said)
			}
			wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "fail"), nil), meshos.KindProcessFailed)
			if got := d.next(); got != c.restored {
				t.Errorf("the failure goes back to %q, want %q", got, c.restored)
			}
			h.Close()
			register(t, sdk, 1, d)
			if got := d.next(); got != c.restored {
				t.Errorf("the file has %q, want %q", got, c.restored)
			}
		})
	}
}

// fickle fails at each event.
type fickle struct {
	snapshot func() []byte
	restored chan string
}

// next waits for a restore.
func (f *fickle) next() string {
	select {
	case state := <-f.restored:
		return state
	case <-time.After(10 * time.Second):
		return "nothing restored"
	}
}

func (*fickle) Process(meshos.InboundEvent, func([]byte)) error { return errors.New("on purpose") }
func (f *fickle) Snapshot() []byte                              { return f.snapshot() }
func (f *fickle) Restore(state []byte) error                    { f.restored <- string(state); return nil }

// A Snapshot that panics yields no state.
func TestASnapshotThatPanics(t *testing.T) {
	sdk, seen := observe(t, quiet)
	h := register(t, sdk, 1, panics{ignore})
	state, err := sdk.Snapshot(h.ID())
	wantKind(t, "Snapshot", err, meshos.KindCallbackFailed)
	if state != nil {
		t.Errorf("the state is %q", state)
	}
	wantKind(t, "Restore", sdk.Restore(h.ID(), []byte("x")), meshos.KindRestoreFailed)
	seen.methodsFailed(t, h, [2]string{"Snapshot", "panic in Snapshot: on purpose"}, [2]string{"Restore", "panic in Restore: on purpose"})
	seen.logShows(t, h, seen.of(h))
}

type panics struct{ processFunc }

func (panics) Snapshot() []byte     { panic("on purpose") }
func (panics) Restore([]byte) error { panic("on purpose") }
