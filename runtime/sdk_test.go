package meshos_test

import (
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	meshos "netmeshos/runtime"
)

func TestCapacities(t *testing.T) {
	const most = meshos.CapacityLimit - 1
	for _, c := range []struct {
		rule            string
		config          meshos.Config
		start, register meshos.Kind
	}{
		{"the defaults", meshos.Config{}, "", ""},
		{"small ones", meshos.Config{TickIntervalMS: 1, EventQueueCapacity: 2, ActionQueueCapacity: 1, ControlCapacity: 1}, "", ""},
		{"the largest", meshos.Config{ThisNode: math.MaxUint64, TickIntervalMS: math.MaxUint64, EventQueueCapacity: most, ActionQueueCapacity: most, ControlCapacity: most}, "", ""},
		{"an event queue of 2^61", meshos.Config{EventQueueCapacity: most + 1}, meshos.KindRuntimePanic, ""},
		{"an event queue of 2^64-1", meshos.Config{EventQueueCapacity: math.MaxUint64}, meshos.KindRuntimePanic, ""},
		{"an action queue of 2^61", meshos.Config{ActionQueueCapacity: most + 1}, meshos.KindRuntimePanic, ""},
		{"an action queue of 2^64-1", meshos.Config{ActionQueueCapacity: math.MaxUint64}, meshos.KindRuntimePanic, ""},
		{"a control capacity of 2^61", meshos.Config{ControlCapacity: most + 1}, "", meshos.KindRuntimePanic},
		{"a control capacity of 2^64-1", meshos.Config{ControlCapacity: math.MaxUint64}, "", meshos.KindRuntimePanic},
	} {
		t.Run(c.rule, func(t *testing.T) {
			sdk, err := meshos.Start(c.config)
			wantKind(t, "Start", err, c.start)
			if err != nil {
				return
			}
			for range 2 { // a refused start leaves nothing behind
				h, err := sdk.Register("daemon", seed(1), nil)
				wantKind(t, "Register", err, c.register)
				if err == nil {
					wantKind(t, "PublishLog", h.PublishLog(meshos.LevelInfo, "line"), "")
					h.Close()
				}
			}
			wantKind(t, "Shutdown", sdk.Shutdown(), "")
		})
	}
}

func TestAnErrorNamesItsField(t *testing.T) {
	for field, config := range map[string]meshos.Config{
		"event_queue_capacity":  {EventQueueCapacity: 1 << 61},
		"action_queue_capacity": {ActionQueueCapacity: 1 << 61},
	} {
		if _, err := meshos.Start(config); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("error %v, want one about %s", err, field)
		}
	}
	sdk := start(t, meshos.Config{ControlCapacity: 1 << 61})
	if _, err := sdk.Register("daemon", seed(1), nil); err == nil || !strings.Contains(err.Error(), "control_capacity") {
		t.Errorf("error %v, want one about control_capacity", err)
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		rule     string
		interval uint64 // milliseconds
		after    time.Duration
		want     uint64
	}{
		{"by default every 500 ms", 0, 1750 * time.Millisecond, 3},
		{"every millisecond", 1, 100*time.Millisecond + time.Microsecond, 100},
		{"every minute", 60_000, 150 * time.Second, 2},
		{"never", math.MaxUint64, 200 * 365 * 24 * time.Hour, 0},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sdk := start(t, meshos.Config{TickIntervalMS: c.interval})
				time.Sleep(c.after)
				if sdk.Ticks() != c.want {
					t.Errorf("%d ticks, want %d", sdk.Ticks(), c.want)
				}
				wantKind(t, "Shutdown", sdk.Shutdown(), "")
				time.Sleep(c.after)
				if sdk.Ticks() != c.want {
					t.Errorf("%d ticks after Shutdown, want %d", sdk.Ticks(), c.want)
				}
			})
		})
	}
}
