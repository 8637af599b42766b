package dedup

import (
	"encoding/hex"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"netmeshos/internal/testrand"
)

// model is what the windows promise, in the plainest way.
type model struct {
	limits  Limits
	order   []uint64 // origins by use
	numbers map[uint64][]uint64
}

// add gets whether the windows had forgotten the number, which is new then.
func (m *model) add(origin, sequence uint64, seen bool) {
	if sequence == 0 {
		return
	}
	if i := slices.Index(m.order, origin); i >= 0 {
		m.order = slices.Delete(m.order, i, i+1)
	} else if len(m.order) == m.limits.Origins {
		delete(m.numbers, m.order[0])
		m.order = m.order[1:]
	}
	m.order = append(m.order, origin)
	if !seen {
		m.numbers[origin] = append(slices.DeleteFunc(m.numbers[origin], func(n uint64) bool { return n == sequence }), sequence)
	}
}

func (m *model) check(t *testing.T, w *Windows) {
	t.Helper()
	if w.Len() != len(m.order) {
		t.Fatalf("%d origins are remembered, want %d", w.Len(), len(m.order))
	}
	for origin, numbers := range m.numbers {
		for i, n := range numbers {
			if i >= len(numbers)-m.limits.Numbers && !w.Seen(origin, n) {
				t.Fatalf("%d of origin %d is forgotten after %d others", n, origin, len(numbers)-1-i)
			}
		}
		for n := range uint64(200) {
			if w.Seen(origin, n) && !slices.Contains(numbers, n) {
				t.Fatalf("%d of origin %d was never processed", n, origin)
			}
		}
		if o := w.windows[origin]; len(o.runs) > m.limits.Numbers+max(m.limits.Numbers/4, 1) {
			t.Fatalf("%d runs are kept", len(o.runs))
		}
	}
}

func copied(t *testing.T, w *Windows) *Windows {
	t.Helper()
	again, err := Read(w.Append(nil), w.limits)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func TestWindowsRememberWhatTheModelDoes(t *testing.T) {
	random := testrand.New(t)
	for range 300 {
		limits := Limits{1 + random.IntN(5), 1 + random.IntN(12)}
		w, m := New(limits), &model{limits: limits, numbers: map[uint64][]uint64{}}
		next := uint64(1)
		for range 150 {
			origin := random.Uint64N(6)
			sequence := next
			switch random.IntN(5) {
			case 0:
				sequence = random.Uint64N(60)
			case 1:
				next += 1 + random.Uint64N(2)
			default:
				next++
			}
			seen := w.Seen(origin, sequence)
			w.Add(origin, sequence)
			m.add(origin, sequence, seen)
			if random.IntN(10) == 0 {
				w = copied(t, w) // as after a take-over
			}
			m.check(t, w)
		}
	}
}

// What follows without a hole is never forgotten, so a long post can be repeated whole.
func TestARunIsRememberedWhole(t *testing.T) {
	w := New(Limits{1, 2})
	for n := range uint64(10_000) {
		w.Add(1, n+1)
	}
	for _, n := range []uint64{1, 5_000, 10_000} {
		if !copied(t, w).Seen(1, n) {
			t.Errorf("%d is forgotten", n)
		}
	}
	if size := len(w.Append(nil)); size > 16 {
		t.Errorf("10,000 numbers without a hole take %d bytes", size)
	}
	if w.Seen(1, 10_001) {
		t.Error("a number is known that never came")
	}
}

func TestSequenceZeroIsNeverARepetition(t *testing.T) {
	var b Batch
	w := New(Limits{1, 1})
	for range 2 {
		if w.Seen(1, 0) || b.Repeats(1, 0) {
			t.Error("an event without a number is a repetition")
		}
		w.Add(1, 0)
	}
}

func TestTheHighestNumbers(t *testing.T) {
	w := New(Limits{1, 4})
	for _, n := range []uint64{math.MaxUint64, math.MaxUint64 - 1, 1, math.MaxInt64} {
		w.Add(1, n)
	}
	w = copied(t, w)
	for _, n := range []uint64{math.MaxUint64, math.MaxUint64 - 1, 1, math.MaxInt64} {
		if !w.Seen(1, n) {
			t.Errorf("%d is forgotten", n)
		}
	}
	if w.Seen(1, math.MaxUint64-2) || w.Seen(1, 2) {
		t.Error("a number is known that never came")
	}
}

func TestABatchSeesItsOwnRepetitions(t *testing.T) {
	var b Batch
	if b.Repeats(1, 2) || b.Repeats(2, 1) || !b.Repeats(1, 2) {
		t.Error("wrong repetitions")
	}
	b.Clear()
	if b.Repeats(1, 2) {
		t.Error("a cleared batch remembers")
	}
}

func FuzzRead(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 10 {
		w := New(Limits{5, 5})
		for range 30 {
			w.Add(random.Uint64N(5), random.Uint64N(30))
		}
		f.Add(w.Append(nil))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := Read(data, Limits{8, 8})
		if err != nil {
			return
		}
		if _, err := Read(w.Append(nil), Limits{8, 8}); err != nil {
			t.Errorf("read and written again: %v", err)
		}
		w.Add(3, 4)
		if !w.Seen(3, 4) {
			t.Error("what was just added is forgotten")
		}
	})
}

// Commits carry windows, and nodes of other versions of the library read them: these bytes never change, or a commit gets
// another version.
func TestWindowsHaveTheseBytes(t *testing.T) {
	limits := Limits{Origins: 9, Numbers: 9}
	w := New(limits)
	for _, n := range []uint64{1, 2, 3, 900, 5, 6} {
		w.Add(7, n)
	}
	w.Add(1<<40, 300)
	const want = "020700000000000000030202820e00fd0d01000000000001000001d80400"
	if got := hex.EncodeToString(w.Append(nil)); got != want {
		t.Errorf("the windows are %s, want %s", got, want)
	}
	data, err := hex.DecodeString(want)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Read(data, limits)
	if err != nil || !again.Seen(7, 3) || !again.Seen(7, 900) || again.Seen(7, 4) || !again.Seen(1<<40, 300) {
		t.Errorf("they are read as %+v, %v", again, err)
	}
}
