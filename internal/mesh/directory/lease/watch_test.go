package lease

import (
	"slices"
	"testing"
	"time"
)

var a = Holder{7, 70}

// watching returns a Watch that has been up since 0 and has seen a's lease at 0.
func watching(t *testing.T) *Watch {
	w := NewWatch(ttl)
	w.Up(0)
	w.Add(0, a)
	wish(t, w, 0, Read)
	if gone := w.Seen(0, 7, Record{Sequence: 5, Instance: 70}, true); gone != nil {
		t.Fatalf("gone: %v", gone)
	}
	wish(t, w, 0, Ping)
	if w.Pinged(0, a, Alive) {
		t.Fatal("gone though it answers")
	}
	return w
}

func wish(t *testing.T, w *Watch, now time.Duration, do ...Do) {
	t.Helper()
	var got []Do
	for _, x := range w.Tick(now) {
		got = append(got, x.Do)
	}
	if !slices.Equal(got, do) {
		t.Fatalf("at %v it wants %v, not %v", now, got, do)
	}
}

func isGone(t *testing.T, gone []Holder, want bool) {
	t.Helper()
	if slices.Contains(gone, a) != want {
		t.Fatalf("gone: %v", gone)
	}
}

func TestAHolderThatRenewsIsLeftAlone(t *testing.T) {
	w := watching(t)
	wish(t, w, ttl/4, Ping) // once more, a quarter later
	w.Pinged(ttl/4, a, Alive)
	for i := range uint64(50) {
		now := time.Duration(i+1) * ttl / 3
		isGone(t, w.Seen(now, 7, Record{Sequence: 6 + i, Instance: 70}, false), false)
		wish(t, w, now+ttl/3)
	}
}

func TestAHolderIsGoneWhenItsLeaseIsOver(t *testing.T) {
	w := watching(t)
	isGone(t, w.Seen(ttl/3, 7, Record{Sequence: 6, Instance: 70}, false), false)
	now := ttl/3 + ttl/2
	wish(t, w, now-1)
	wish(t, w, now, Ping)
	w.Pinged(now, a, Silent)
	wish(t, w, now+ttl/4, Ping)
	w.Pinged(now+ttl/4, a, Alive) // it lives, but doesn't renew
	wish(t, w, ttl/3+ttl-1)
	wish(t, w, ttl/3+ttl, Read)
	isGone(t, w.Seen(ttl/3+ttl, 7, Record{Sequence: 6, Instance: 70}, true), true)
	if w.Watches(a) {
		t.Fatal("still watched")
	}
}

func TestARenewalThatWasMissedIsFoundByReading(t *testing.T) {
	w := watching(t)
	for at := ttl / 4; at < ttl; at += ttl / 4 {
		wish(t, w, at, Ping)
		w.Pinged(at, a, Silent)
	}
	wish(t, w, ttl, Read)
	isGone(t, w.Seen(ttl, 7, Record{Sequence: 9, Instance: 70}, true), false)
	wish(t, w, ttl+ttl/2-1)
	wish(t, w, ttl+ttl/2, Ping)
}

func TestAHolderIsGoneWhereNobodyListens(t *testing.T) {
	w := watching(t)
	w.Suspect(time.Second, 7)
	wish(t, w, time.Second, Ping)
	if !w.Pinged(time.Second, a, Nobody) || w.Watches(a) {
		t.Fatal("not gone")
	}
}

func TestAHolderIsGoneWhenAnotherHasItsNode(t *testing.T) {
	w := watching(t)
	isGone(t, w.Seen(1, 7, Record{Sequence: 6, Instance: 71}, false), true)
}

func TestAHolderThatGivesItsLeaseUpIsGone(t *testing.T) {
	w := watching(t)
	isGone(t, w.Seen(1, 7, Record{Sequence: 6, Instance: 0}, false), true)
}

// What somebody else puts in the place of a lease says nothing: the holder's renewals do, or their absence.
func TestWhatIsNoRecordProvesNothing(t *testing.T) {
	w := watching(t)
	foreign := Record{Sequence: 6, Foreign: true}
	isGone(t, w.Seen(1, 7, foreign, false), false)
	isGone(t, w.Seen(ttl/3, 7, Record{Sequence: 7, Instance: 70}, false), false)
	wish(t, w, ttl/3+ttl/2, Ping)
	w.Pinged(ttl/3+ttl/2, a, Alive)
	foreign.Sequence = 8
	isGone(t, w.Seen(ttl/3+ttl/2, 7, foreign, false), false)
	wish(t, w, ttl/3+ttl, Read)
	isGone(t, w.Seen(ttl/3+ttl, 7, foreign, true), true)
}

func TestOldNewsChangeNothing(t *testing.T) {
	w := watching(t)
	isGone(t, w.Seen(1, 7, Record{Sequence: 4, Instance: 69}, false), false) // from before
	isGone(t, w.Seen(1, 8, Record{Sequence: 9, Instance: 99}, false), false) // another node's
	w.Add(1, Holder{7, 71})
	if gone := w.Seen(1, 7, Record{Sequence: 5, Instance: 70}, false); gone != nil { // stored before the new one, and not read
		t.Fatalf("gone: %v", gone)
	}
}

// A holder that is first looked at when its lease is over: the server may have been away, so
// that the record is gone and the holder lives.
func TestAnAbsentRecordAloneDoesNotProveIt(t *testing.T) {
	for _, c := range []struct {
		pong Pong
		gone bool
	}{{Nobody, true}, {Alive, false}, {Silent, false}} {
		w := NewWatch(ttl)
		w.Up(0)
		w.Add(0, a)
		wish(t, w, 0, Read)
		isGone(t, w.Seen(0, 7, Record{}, true), false)
		wish(t, w, 0, Ping)
		if w.Pinged(0, a, c.pong) != c.gone {
			t.Errorf("%v: gone %v", c.pong, !c.gone)
		}
	}
}

func TestNobodyIsGoneBeforeALeaseAfterAReconnect(t *testing.T) {
	w := watching(t)
	w.Down()
	wish(t, w, 5*ttl)
	isGone(t, w.Seen(5*ttl, 7, Record{Sequence: 6, Instance: 0}, false), false)
	w.Up(10 * ttl)
	wish(t, w, 10*ttl, Ping)
	if w.Pinged(10*ttl, a, Nobody) {
		t.Fatal("gone at once: it may not have reconnected yet")
	}
	isGone(t, w.Seen(10*ttl+1, 7, Record{Sequence: 7, Instance: 0}, false), false) // the server has removed the old record
	for now := 10*ttl + ttl/4; now < 11*ttl; now += ttl / 4 {
		wish(t, w, now, Ping)
		if w.Pinged(now, a, Nobody) {
			t.Fatalf("gone at %v", now-10*ttl)
		}
	}
	wish(t, w, 11*ttl, Read)
	isGone(t, w.Seen(11*ttl, 7, Record{Sequence: 7, Instance: 0}, true), true)
}

func TestAReadThatFailsIsRepeated(t *testing.T) {
	w := NewWatch(ttl)
	w.Up(0)
	w.Add(0, a)
	wish(t, w, 0, Read)
	w.Failed(0, a)
	wish(t, w, ttl/8-1)
	wish(t, w, ttl/8, Read)
}
