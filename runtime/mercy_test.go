package meshos_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/life"
	meshos "netmeshos/runtime"
)

// A daemon that fails without end leaves the log to others; no failure is lost
// from the counts.
func TestAFloodOfFailuresIsFewLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk, seen := observe(t, quiet)
		h := register(t, sdk, 1, processor(func(e meshos.InboundEvent, _ func([]byte)) error { return errFails }))
		returned := life.CallbackFailed{Daemon: daemonOf(h), Method: "Process", Err: errFails}
		failed := func() life.Failed {
			return life.Failed{Daemon: daemonOf(h), Time: time.Now(), Origin: 7, Sequence: 1, Status: -1}
		}
		var want []life.Event
		fail := func() {
			want = append(want, returned, failed())
			wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "a"), nil), meshos.KindProcessFailed)
		}
		for range 500 {
			fail()
		}
		if got := linesOf(sdk, failed()); got != 16 {
			t.Errorf("%d lines of 500 failures at the same time", got)
		}
		if got := linesOf(sdk, returned); got != 16 {
			t.Errorf("%d lines of what 500 calls returned", got)
		}
		time.Sleep(time.Second)
		fail()
		if got := seen.to(h); !slices.Equal(got, want) {
			t.Errorf("%d things have happened, want the failures and what was returned for each", len(got))
		}
		records := sdk.Logs(0, 0)
		if len(records) != 34 {
			t.Fatalf("%d lines", len(records))
		}
		_, line := returned.Line()
		if got := records[32].Message; got != line+returned.Suppressed(484) {
			t.Errorf("%q doesn't say what is not shown", got)
		}
		_, line = failed().Line()
		if got := records[33].Message; got != line+failed().Suppressed(484) {
			t.Errorf("%q doesn't say how many others there were", got)
		}
		if look := lookAtAll(t, sdk); look.Totals.Failures != 501 || len(look.RecentFailures) != 256 {
			t.Errorf("%d failures counted, %d kept", look.Totals.Failures, len(look.RecentFailures))
		}
	})
}

var errFails = errors.New("it fails")

// A daemon that has been stopped is not asked how it is, and so nobody waits for
// it to be well.
func TestAStoppedDaemonKeepsNobodyFromRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, meshos.Config{TickIntervalMS: 100})
		var asked atomic.Int64
		unwell := register(t, sdk, 1, sick(func() meshos.Health { asked.Add(1); return meshos.Unhealthy }))
		other := register(t, sdk, 2, newWorker(t))
		time.Sleep(150 * time.Millisecond)
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), "")
		synctest.Wait()
		wantKind(t, "ExitMaintenance", sdk.ExitMaintenance(), "")
		time.Sleep(time.Second)
		inState(t, sdk, other, "ExitingMaintenance", `{"kind":"exiting_maintenance","since_ms":1000}`)
		wantKind(t, "StopDaemon", sdk.StopDaemon(unwell.ID(), 1), "")
		before := asked.Load()
		time.Sleep(time.Second)
		if state := lookAtAll(t, sdk).Maintenance.State; state != "Recovery" {
			t.Errorf("the node is in %s", state)
		}
		if now := asked.Load(); now != before {
			t.Errorf("it was asked %d times after it was stopped", now-before)
		}
		wantKind(t, "RestartDaemon", sdk.RestartDaemon(unwell.ID()), "")
		time.Sleep(time.Second)
		if asked.Load() == before {
			t.Error("it is not asked again after a restart")
		}
	})
}

// Nor does one whose handle is freed while a callback hangs.
func TestADaemonThatEndsKeepsNobodyFromRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, meshos.Config{TickIntervalMS: 100})
		unwell := &slow{"Process", make(chan struct{})}
		h := register(t, sdk, 1, slowAndUnwell{unwell})
		time.Sleep(150 * time.Millisecond)
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), "")
		synctest.Wait()
		wantKind(t, "ExitMaintenance", sdk.ExitMaintenance(), "")
		post(t, sdk, h, word(1, "a"))
		time.Sleep(time.Second)
		if state := lookAtAll(t, sdk).Maintenance.State; state != "ExitingMaintenance" {
			t.Errorf("the node is in %s", state)
		}
		h.Release()
		time.Sleep(time.Second)
		if state := lookAtAll(t, sdk).Maintenance.State; state != "Recovery" {
			t.Errorf("the node is in %s", state)
		}
		close(unwell.gate)
	})
}

// slowAndUnwell is slow, and never well.
type slowAndUnwell struct{ *slow }

func (s slowAndUnwell) Health() meshos.Health { return meshos.Unhealthy }

// emit may be used on any goroutine while Process runs, and does nothing
// afterwards.
func TestEmitEndsWithProcess(t *testing.T) {
	sdk := start(t, quiet)
	var kept func([]byte)
	h := register(t, sdk, 1, processor(func(e meshos.InboundEvent, emit func([]byte)) error {
		if kept != nil {
			kept([]byte("late"))
		}
		kept = emit
		var all sync.WaitGroup
		for i := range 10 {
			all.Go(func() { emit(fmt.Append(nil, i)) })
		}
		all.Wait()
		return nil
	}))
	for round := range uint64(20) {
		var got outputs
		wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(round, "x"), got.take), "")
		if len(got.said) != 10 {
			t.Fatalf("%d outputs: %q", len(got.said), got.said)
		}
	}
	var late sync.WaitGroup
	last := kept
	late.Go(func() { last([]byte("later")) })
	var got outputs
	wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(99, "x"), got.take), "")
	late.Wait()
	if strings.Contains(fmt.Sprint(got.said), "late") {
		t.Errorf("outputs %q", got.said)
	}
}

// A name may be long, messages are not.
func TestMessagesShortenNames(t *testing.T) {
	sdk := start(t, quiet)
	long := strings.Repeat("long", 100_000)
	h, err := sdk.Register(long, seed(1), processor(func(meshos.InboundEvent, func([]byte)) error { return errFails }))
	wantKind(t, "Register", err, "")
	defer h.Close()
	if h.Name() != long {
		t.Error("the name itself is shortened")
	}
	err = sdk.Deliver(h.ID(), word(1, "a"), nil)
	wantKind(t, "Deliver", err, meshos.KindProcessFailed)
	if n := len(err.Error()); n > 1_000 {
		t.Errorf("a message of %d bytes", n)
	}
	for _, r := range sdk.Logs(0, 0) {
		if len(r.Message) > 1_000 {
			t.Errorf("a record of %d bytes", len(r.Message))
		}
	}
}

// What has been said of peers doesn't change with the memory that it was said
// in.
func TestPeersAreCopied(t *testing.T) {
	sdk := start(t, quiet)
	h := register(t, sdk, 1, newWorker(t))
	used := uint64(1)
	tags := []string{"gpu"}
	sdk.SetPeers([]meshos.Peer{{NodeID: 2, CapabilitySet: tags, DiskUsedBytes: &used}})
	before, err := h.RefreshMetadata()
	wantKind(t, "RefreshMetadata", err, "")
	tags[0], used = "changed", 99
	after, err := h.RefreshMetadata()
	wantKind(t, "RefreshMetadata", err, "")
	if string(before) != string(after) || !strings.Contains(string(after), "gpu") {
		t.Errorf("metadata %s, then %s", before, after)
	}
}

// Daemons of two SDKs flush all of each other's from inside their callbacks:
// one of them is told that this can't be.
func TestFlushesOfAllInACircle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdks := [2]*meshos.SDK{start(t, quiet), start(t, quiet)}
		var inside sync.WaitGroup
		inside.Add(2)
		var daemons [2]*meshos.Handle
		kinds := make(chan meshos.Kind, 2)
		known := make(chan struct{})
		for i := range sdks {
			daemons[i] = register(t, sdks[i], byte(i), processor(func(meshos.InboundEvent, func([]byte)) error {
				<-known
				inside.Done()
				inside.Wait()
				err := sdks[1-i].Inside([]*meshos.Handle{daemons[i]}...).Flush(0, -1)
				var e *meshos.Error
				if errors.As(err, &e) {
					kinds <- e.Kind
				} else {
					kinds <- ""
				}
				return nil
			}))
		}
		close(known)
		for i := range sdks {
			post(t, sdks[i], daemons[i], word(1, "a"))
		}
		got := map[meshos.Kind]int{<-kinds: 1}
		got[<-kinds]++
		if got[meshos.KindInvalidState] != 1 || got[""] != 1 {
			t.Errorf("the flushes end as %v", got)
		}
	})
}

// Where the log says that backpressure is on, it also says when it is off.
func TestBackpressureIsNotLeftOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := quiet
		config.InboxCapacity = 10
		sdk, seen := observe(t, config)
		w := newWorker(t)
		gate := make(chan struct{})
		w.before = func(meshos.InboundEvent) { <-gate }
		h := register(t, sdk, 1, w)
		for range 5 { // up and down within a second
			post(t, sdk, h, words(1, "a b c d e f g h i")...)
			time.Sleep(20 * time.Millisecond)
			for range 9 {
				gate <- struct{}{}
			}
			time.Sleep(20 * time.Millisecond)
		}
		seen.pressureShown(t, 1, 1)
		if on, off := happened[life.BackpressureOn](seen), happened[life.BackpressureOff](seen); len(on) < 5 || len(off) != 5 {
			t.Errorf("%d times on, %d times off", len(on), len(off))
		}
		close(gate)
	})
}

// Where backpressure comes again so soon that it is not said, and stays, the log
// says so a little later.
func TestBackpressureIsNotLeftOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGauge(t, meshos.Config{InboxCapacity: 10})
		g.add(9)
		g.let(9)
		g.add(9)
		g.seen.pressureShown(t, 1, 1)
		time.Sleep(time.Minute)
		g.seen.pressureShown(t, 2, 1)
		on := happened[life.BackpressureOn](g.seen)
		if last := on[len(on)-1]; last != (life.BackpressureOn{Level: 0.9, Waiting: 9, Still: true}) {
			t.Errorf("at last %+v", last)
		}
		g.let(9) // the first new level is said: the last line is a minute old
		g.seen.pressureShown(t, 3, 2)
	})
}

// pressureShown fails the test unless the log says so often that backpressure is on, and
// off.
func (s *seen) pressureShown(t *testing.T, on, off int) {
	t.Helper()
	gotOn, gotOff := 0, 0
	for _, e := range happened[life.BackpressureOn](s) {
		if !e.Quiet {
			gotOn++
		}
	}
	for _, e := range happened[life.BackpressureOff](s) {
		if !e.Quiet {
			gotOff++
		}
	}
	if gotOn != on || gotOff != off {
		t.Errorf("%d times on, want %d; %d times off, want %d", gotOn, on, gotOff, off)
	}
	s.logShows(t, nil, s.to(nil))
}
