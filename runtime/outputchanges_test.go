package meshos_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	meshos "netmeshos/runtime"
)

// A subscription or the output function changes in the middle of a batch of eight events,
// inside the fourth. Each event emits its number before and after that point.
func TestReceiversOfOutputsChangeDuringABatch(t *testing.T) {
	const events, changes = 8, 4
	for _, c := range []struct {
		name                     string
		before, change           func(sdk *meshos.SDK, producer, subscriber uint64, f meshos.OutputFunc)
		wantSubscriber, wantSink []int // numbers of the events whose outputs come
	}{
		{
			name: "subscribe",
			change: func(sdk *meshos.SDK, producer, subscriber uint64, _ meshos.OutputFunc) {
				_ = sdk.Subscribe(producer, subscriber)
			},
			wantSubscriber: []int{4, 5, 6, 7, 8},
		},
		{
			name: "unsubscribe",
			before: func(sdk *meshos.SDK, producer, subscriber uint64, _ meshos.OutputFunc) {
				_ = sdk.Subscribe(producer, subscriber)
			},
			change: func(sdk *meshos.SDK, producer, subscriber uint64, _ meshos.OutputFunc) {
				_ = sdk.Unsubscribe(producer, subscriber)
			},
			wantSubscriber: []int{1, 2, 3},
		},
		{
			name: "unsubscribe and subscribe again",
			before: func(sdk *meshos.SDK, producer, subscriber uint64, _ meshos.OutputFunc) {
				_ = sdk.Subscribe(producer, subscriber)
			},
			change: func(sdk *meshos.SDK, producer, subscriber uint64, _ meshos.OutputFunc) {
				_ = sdk.Unsubscribe(producer, subscriber)
				_ = sdk.Subscribe(producer, subscriber)
			},
			wantSubscriber: []int{1, 2, 3, 4, 5, 6, 7, 8},
		},
		{
			name:     "set an output function",
			change:   func(sdk *meshos.SDK, _, _ uint64, f meshos.OutputFunc) { _ = sdk.SetOutput(f) },
			wantSink: []int{4, 5, 6, 7, 8},
		},
		{
			name:     "take the output function away",
			before:   func(sdk *meshos.SDK, _, _ uint64, f meshos.OutputFunc) { _ = sdk.SetOutput(f) },
			change:   func(sdk *meshos.SDK, _, _ uint64, _ meshos.OutputFunc) { _ = sdk.SetOutput(nil) },
			wantSink: nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sdk := start(t, quiet)
				var fromSink, atSubscriber []int
				sink := func(o meshos.Output) { fromSink = append(fromSink, int(o.InSequence)) }
				subscriber := register(t, sdk, 2, processFunc(func(e meshos.InboundEvent, _ func([]byte)) error {
					n := 0
					_, _ = fmt.Sscan(string(e.Payload), &n)
					atSubscriber = append(atSubscriber, n)
					return nil
				}))
				producer := registerKnown(t, sdk, 1, func(self func() *meshos.Handle) meshos.Daemon {
					return processFunc(func(e meshos.InboundEvent, emit func([]byte)) error {
						emit(fmt.Append(nil, e.Sequence))
						if e.Sequence == changes {
							c.change(sdk.Inside(self()), self().ID(), subscriber.ID(), sink)
						}
						emit(fmt.Append(nil, e.Sequence))
						return nil
					})
				})
				if c.before != nil {
					c.before(sdk, producer.ID(), subscriber.ID(), sink)
				}
				var batch []meshos.InboundEvent
				for n := range events {
					batch = append(batch, meshos.InboundEvent{Origin: 9, Sequence: uint64(n + 1)})
				}
				post(t, sdk, producer, batch...)
				synctest.Wait()
				twice := func(numbers []int) (all []int) {
					for _, n := range numbers {
						all = append(all, n, n)
					}
					return all
				}
				if want := twice(c.wantSubscriber); !slices.Equal(atSubscriber, want) {
					t.Errorf("the subscriber got outputs of %v, want %v", atSubscriber, want)
				}
				if want := twice(c.wantSink); !slices.Equal(fromSink, want) {
					t.Errorf("the output function got those of %v, want %v", fromSink, want)
				}
			})
		})
	}
}
