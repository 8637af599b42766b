package meshos_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	meshos "netmeshos/runtime"
)

func TestLogLines(t *testing.T) {
	sdk := start(t, meshos.Config{ThisNode: 4660, TickIntervalMS: math.MaxUint64})
	h := register(t, sdk, 1, nil)
	var want []meshos.LogRecord
	before := time.Now()
	for _, c := range []struct {
		rule    string
		level   meshos.Level
		message string
		kind    meshos.Kind
	}{
		{"trace", meshos.LevelTrace, "a", ""},
		{"debug", meshos.LevelDebug, "b", ""},
		{"info", meshos.LevelInfo, "c", ""},
		{"warn", meshos.LevelWarn, "d", ""},
		{"error", meshos.LevelError, "e", ""},
		{"an empty message", meshos.LevelInfo, "", ""},
		{"a NUL inside", meshos.LevelInfo, "a\x00b", ""},
		{"any UTF-8", meshos.LevelInfo, "Ω日😀\uFFFD\u2028", ""},
		{"a megabyte", meshos.LevelInfo, strings.Repeat("x", 1<<20), ""},
		{"a level below", -1, "a", meshos.KindInvalidLogLevel},
		{"a level above", 5, "a", meshos.KindInvalidLogLevel},
		{"an extreme level", math.MaxInt32, "a", meshos.KindInvalidLogLevel},
		{"no UTF-8", meshos.LevelInfo, "\xff", meshos.KindInvalidArgument},
		{"a surrogate", meshos.LevelInfo, "\xed\xa0\x80", meshos.KindInvalidArgument},
		{"no UTF-8 and a bad level: the level comes first", 9, "\xff", meshos.KindInvalidLogLevel},
	} {
		t.Run(c.rule, func(t *testing.T) {
			wantKind(t, "PublishLog", h.PublishLog(c.level, c.message), c.kind)
		})
		if c.kind == "" {
			want = append(want, meshos.LogRecord{Seq: uint64(len(want)) + 1, Level: c.level, DaemonID: h.ID(), NodeID: 4660, Message: c.message})
		}
	}
	after := time.Now()
	wantKind(t, "Shutdown", sdk.Shutdown(), "") // moves all lines to the ring
	got := sdk.Logs(0, 0)
	for i := range got {
		if at := got[i].Time; at.Before(before) || at.After(after) {
			t.Errorf("record %d is of %v, want between %v and %v", i, at, before, after)
		}
		got[i].Time = time.Time{}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d records, want %d", len(got), len(want))
	}
	if some := sdk.Logs(3, 2); len(some) != 2 || some[0].Seq != 4 || some[1].Seq != 5 {
		t.Errorf("two records after 3: %v", some)
	}
}

func TestArgumentsAreCheckedBeforeTheHandle(t *testing.T) {
	h := register(t, start(t, quiet), 1, nil)
	h.Close()
	wantKind(t, "a bad level", h.PublishLog(5, "a"), meshos.KindInvalidLogLevel)
	wantKind(t, "no UTF-8", h.PublishLog(0, "\xff"), meshos.KindInvalidArgument)
	wantKind(t, "a good line", h.PublishLog(0, "a"), meshos.KindAlreadyShutdown)
}

func TestAFullLogQueueRefusesLines(t *testing.T) {
	sdk := start(t, meshos.Config{TickIntervalMS: math.MaxUint64, EventQueueCapacity: 1})
	h := register(t, sdk, 1, nil)
	for range 1_000_000 {
		if err := h.PublishLog(meshos.LevelInfo, "line"); err != nil {
			wantKind(t, "PublishLog", err, meshos.KindQueueFull)
			return
		}
	}
	t.Error("a queue for one line never was full")
}

func TestLogsKeepTheNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		h := register(t, sdk, 1, nil)
		for n := range 3000 {
			wantKind(t, "PublishLog", h.PublishLog(meshos.LevelInfo, fmt.Sprint(n)), "")
			if n%500 == 0 {
				synctest.Wait()
			}
		}
		synctest.Wait() // no tick is needed
		records := sdk.Logs(0, 0)
		if len(records) != 2048 || records[0].Seq != 3000-2048+1 || records[2047].Message != "2999" {
			t.Errorf("%d records from %d on", len(records), records[0].Seq)
		}
	})
}
