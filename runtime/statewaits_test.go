package meshos_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	meshos "netmeshos/runtime"
)

// stepper waits in each Snapshot and Process until it may go on.
type stepper struct{ step chan struct{} }

func (s stepper) Process(meshos.InboundEvent, func([]byte)) error { <-s.step; return nil }
func (s stepper) Snapshot() []byte                                { <-s.step; return []byte{} }
func (s stepper) Restore([]byte) error                            { <-s.step; return nil }

// Flushes and drains wait for what is there when they begin, and not for the states that
// others ask for after that.
func TestStatesThatAreAskedForLaterHoldUpNoWait(t *testing.T) {
	for name, begin := range map[string]func(*meshos.SDK, *meshos.Handle) (over func() bool){
		"a flush":        func(s *meshos.SDK, h *meshos.Handle) func() bool { return flushing(s, h.ID()) },
		"a flush of all": func(s *meshos.SDK, _ *meshos.Handle) func() bool { return flushing(s, 0) },
		"a drain": func(s *meshos.SDK, h *meshos.Handle) func() bool {
			_ = s.EnterMaintenance(0)
			return func() bool {
				e, _ := h.TryNextControl()
				return e.Kind == meshos.ControlDrainFinish
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sdk := start(t, quiet)
				d := stepper{make(chan struct{})}
				h := register(t, sdk, 1, d)
				var asking sync.WaitGroup
				ask := func() {
					asking.Go(func() { _, _ = sdk.Snapshot(h.ID()) })
					asking.Go(func() { _ = sdk.Restore(h.ID(), nil) })
					synctest.Wait()
				}
				ask()
				post(t, sdk, h, words(1, "a")...)
				ask()
				over := begin(sdk, h)
				synctest.Wait()
				h.TryNextControl() // DrainStart
				ask()
				later := make(chan struct{})
				other := register(t, sdk, 2, stepper{later})
				asking.Go(func() { _, _ = sdk.Snapshot(other.ID()) })
				synctest.Wait()
				const before = 5
				for range before {
					if over() {
						t.Fatal("it is over before what was there")
					}
					d.step <- struct{}{}
					synctest.Wait()
				}
				if !over() {
					t.Error("it waits for what came later")
				}
				close(d.step)
				close(later)
				asking.Wait()
			})
		})
	}
}

// flushing begins a flush, and returns what tells whether it is over.
func flushing(sdk *meshos.SDK, id uint64) func() bool {
	over := make(chan struct{})
	go func() {
		_ = sdk.Flush(id, time.Hour)
		close(over)
	}()
	return func() bool {
		select {
		case <-over:
			return true
		default:
			return false
		}
	}
}

// Who begins to wait later waits for the states that were asked for meanwhile.
func TestALaterWaitIsForMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		first, step := make(chan struct{}), make(chan struct{})
		busy, asked := register(t, sdk, 1, stepper{first}), register(t, sdk, 2, stepper{step})
		go func() { _, _ = sdk.Snapshot(busy.ID()) }()
		synctest.Wait()
		_ = flushing(sdk, 0)
		synctest.Wait()
		go func() { _, _ = sdk.Snapshot(asked.ID()) }()
		synctest.Wait()
		one, all := flushing(sdk, asked.ID()), flushing(sdk, 0)
		synctest.Wait()
		close(first)
		synctest.Wait()
		if one() || all() {
			t.Error("a flush is over while a state is taken that was asked for before")
		}
		step <- struct{}{}
		synctest.Wait()
		if !one() || !all() {
			t.Error("a flush isn't over when nothing is left")
		}
		close(step)
	})
}
