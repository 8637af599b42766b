package control_test

import (
	"strings"
	"testing"

	"netmeshos/internal/control"
)

func TestKinds(t *testing.T) {
	for _, c := range []struct {
		kind control.Kind
		abi  int32
		name string
	}{
		{control.None, 0, "None"},
		{control.Shutdown, 1, "Shutdown"},
		{control.DrainStart, 2, "DrainStart"},
		{control.DrainFinish, 3, "DrainFinish"},
		{control.BackpressureOn, 4, "BackpressureOn"},
		{control.BackpressureOff, 5, "BackpressureOff"},
		{99, 99, "Unknown"},
		{-1, -1, "Unknown"},
	} {
		if int32(c.kind) != c.abi || c.kind.String() != c.name {
			t.Errorf("kind %d %v, want %d %s", int32(c.kind), c.kind, c.abi, c.name)
		}
	}
}

// Each event is a digit, its kind; - expects that the next one is lost, and = what waits at
// the end. The mailbox of C has the same stories in its test.
func TestAFullMailboxKeepsWhatCounts(t *testing.T) {
	for _, c := range []struct {
		capacity int
		story    string
	}{
		{4, "2323=2323"},                // not full: all are kept
		{4, "23234=34"}, {4, "45454=4"}, // the newest of those that follow each other
		{4, "2424-7=2424"}, {4, "4242-7=4242"},
		{1, "23=3"}, {1, "2-4=2"}, {1, "45454=4"},
		{3, "7845-2=785"},
		{3, "7891=7891"}, {3, "789-2=789"}, {3, "7891-2-4=7891"}, // a place of its own
		{3, "78911=7891"}, {3, "111111=1111"}, {3, "2451=251"}, {0, "1-2=1"},
	} {
		put, want, _ := strings.Cut(c.story, "=")
		var waiting []control.Event
		refuse := false
		for n, kind := range put {
			if kind == '-' {
				refuse = true
				continue
			}
			var ok bool
			waiting, ok = control.Put(waiting, c.capacity, control.Event{Kind: control.Kind(kind - '0'), GraceMS: uint64(n)})
			if ok == refuse {
				t.Errorf("%s: event %d: kept is %v", c.story, n, ok)
			}
			refuse = false
		}
		var got []byte
		for _, e := range waiting {
			got = append(got, byte('0'+e.Kind))
		}
		if string(got) != want {
			t.Errorf("%s: %s waits", c.story, got)
		}
		if last := waiting[len(waiting)-1]; want == "1111" && last.GraceMS != 5 {
			t.Errorf("%s: the grace time isn't the newest: %v", c.story, last)
		}
	}
}
