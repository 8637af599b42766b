package logs_test

import (
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"netmeshos/internal/logs"
)

const node = 4660

// appendLine appends the line that becomes the record with this number.
func appendLine(r *logs.Ring, seq uint64) {
	r.Append(logs.Line{Time: epoch.Add(time.Duration(seq)), Level: logs.Level(seq % 5), DaemonID: seq + 7, Message: fmt.Appendf(nil, "line %d", seq)})
}

// record returns the record that appendLine makes.
func record(seq uint64) logs.Record {
	return logs.Record{Seq: seq, Time: epoch.Add(time.Duration(seq)), Level: logs.Level(seq % 5), DaemonID: seq + 7, NodeID: node, Message: fmt.Sprintf("line %d", seq)}
}

// For small rings, every call of After in every state is compared with a list that drops
// its oldest records.
func TestRingKeepsTheNewest(t *testing.T) {
	for _, size := range []int{1, 2, 3, 7} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			r := logs.NewRing(size, node)
			var kept []logs.Record
			for last := uint64(0); last <= 25; last++ {
				if last > 0 {
					appendLine(r, last)
					kept = append(kept, record(last))
					kept = kept[max(0, len(kept)-size):]
				}
				if r.Last() != last {
					t.Fatalf("last %d, want %d", r.Last(), last)
				}
				for _, seq := range []uint64{0, 1, 2, last - 2, last - 1, last, last + 1, math.MaxUint64} {
					for limit := range size + 2 {
						check(t, r, kept, seq, limit)
					}
				}
			}
		})
	}
}

func check(t *testing.T, r *logs.Ring, kept []logs.Record, seq uint64, limit int) {
	t.Helper()
	var want []logs.Record
	for _, each := range kept {
		if each.Seq > seq && (limit == 0 || len(want) < limit) {
			want = append(want, each)
		}
	}
	got := r.After(seq, limit)
	if len(got) != len(want) {
		t.Fatalf("last %d: After(%d, %d) gives %d records, want %d", r.Last(), seq, limit, len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("last %d: After(%d, %d)[%d] is %+v, want %+v", r.Last(), seq, limit, i, got[i], want[i])
		}
	}
}

// A reader that passes the last number it has seen gets every record once. The numbers
// show how many it missed.
func TestAReaderFollowsTheRing(t *testing.T) {
	r := logs.NewRing(5, node)
	seen, last := []uint64{}, uint64(0)
	for burst := 1; burst <= 8; burst++ {
		for range burst {
			appendLine(r, r.Last()+1)
		}
		for _, each := range r.After(last, 0) {
			seen = append(seen, each.Seq)
			last = each.Seq
		}
	}
	want := fmt.Sprint([]uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 24, 25, 26, 27, 28, 32, 33, 34, 35, 36})
	if fmt.Sprint(seen) != want {
		t.Errorf("seen %v, want %s", seen, want)
	}
}

func TestRecordsDoNotChangeUnderTheirReader(t *testing.T) {
	r := logs.NewRing(1, node)
	appendLine(r, 1)
	got := r.After(0, 0)
	appendLine(r, 2)
	if got[0] != record(1) {
		t.Errorf("the record became %+v", got[0])
	}
	message := []byte("line 3")
	r.Append(logs.Line{Time: epoch.Add(3), Level: 3, DaemonID: 10, Message: message})
	clear(message)
	if got := r.After(2, 0); got[0] != record(3) {
		t.Errorf("the record is %+v, want %+v", got[0], record(3))
	}
}

func TestLongAndShortMessagesTakeTurns(t *testing.T) {
	r := logs.NewRing(2, node)
	for n, length := range []int{0, 5000, 1, 4096, 4097, 0, 70_000, 3, 3, 5000} {
		message := make([]byte, length)
		for i := range message {
			message[i] = byte('a' + n)
		}
		r.Append(logs.Line{Message: message})
		if got := r.After(r.Last()-1, 0); len(got) != 1 || got[0].Message != string(message) {
			t.Errorf("message %d of %d bytes came back wrong", n, length)
		}
	}
}

func TestRingKeepsNoGiantMessage(t *testing.T) {
	r := logs.NewRing(4, node)
	keepsAtMost(t, 8*mebibyte, func() {
		giant := make([]byte, 16*mebibyte)
		for range 4 {
			r.Append(logs.Line{Message: giant})
		}
		for range 4 {
			r.Append(logs.Line{Message: []byte("small")})
		}
	}, r)
	if got := r.After(0, 0); len(got) != 4 || got[0].Message != "small" {
		t.Errorf("the ring has %v", got)
	}
}

func TestRingIsReadWhileItIsWritten(t *testing.T) {
	r := logs.NewRing(16, node)
	var writing, reading sync.WaitGroup
	for range 2 {
		writing.Go(func() {
			for range 2000 {
				r.Append(logs.Line{Message: []byte("line")})
			}
		})
	}
	for range 2 {
		reading.Go(func() {
			for last := uint64(0); last < 4000; {
				for _, each := range r.After(last, 3) {
					if each.Seq <= last || each.Message != "line" {
						t.Errorf("record %d %q after %d", each.Seq, each.Message, last)
						return
					}
					last = each.Seq
				}
			}
		})
	}
	writing.Wait()
	reading.Wait()
}

func TestALevelKeepsLinesOut(t *testing.T) {
	r := logs.NewRing(10, 7)
	for _, least := range []string{"trace", "warn", "error", "debug"} {
		level, known := logs.LevelOf(least)
		if !known {
			t.Fatal(least)
		}
		r.SetLevel(level)
		before := r.Last()
		for l := logs.Trace; l <= logs.Error; l++ {
			r.Append(logs.Line{Level: l})
		}
		kept := r.After(before, 0)
		if len(kept) != int(logs.Error-level)+1 || kept[0].Level != level || r.Last() != before+uint64(len(kept)) {
			t.Errorf("%s keeps %+v", least, kept)
		}
	}
	if _, known := logs.LevelOf("loud"); known {
		t.Error("loud is a level")
	}
}
