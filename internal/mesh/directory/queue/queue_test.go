package queue

import (
	"cmp"
	"slices"
	"testing"

	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/testrand"
)

func at(sequence, node, instance uint64) Registration {
	return Registration{Sequence: sequence, Holder: lease.Holder{Node: node, Instance: instance}}
}

func TestTheFirstToRegisterRunsTheDaemonAndTheOthersFollow(t *testing.T) {
	var q Queue
	for _, r := range []Registration{at(30, 1, 11), at(10, 3, 33), at(20, 2, 22)} { // in any order
		if !q.Put(r) {
			t.Fatalf("%v changes nothing", r)
		}
	}
	check := func(node, instance uint64, want Standing) {
		t.Helper()
		if got := q.Of(lease.Holder{Node: node, Instance: instance}); !got.Equal(want) {
			t.Fatalf("node %d: %+v, want %+v", node, got, want)
		}
	}
	check(3, 33, Standing{true, 3, []uint64{2, 1}})
	check(2, 22, Standing{false, 3, []uint64{2, 1}})
	check(3, 34, Standing{false, 3, []uint64{2, 1}}) // another run of the same node
	if ahead := q.Ahead(lease.Holder{Node: 1, Instance: 11}); !slices.Equal(ahead, []lease.Holder{{Node: 3, Instance: 33}, {Node: 2, Instance: 22}}) {
		t.Fatalf("ahead: %v", ahead)
	}

	q.Gone(lease.Holder{Node: 3, Instance: 33})
	check(2, 22, Standing{true, 2, []uint64{1}})
	if q.Put(at(10, 3, 33)) {
		t.Fatal("the record of who is gone counts again")
	}
	q.Put(at(40, 3, 34)) // it comes back
	check(2, 22, Standing{true, 2, []uint64{1, 3}})
	q.Put(at(41, 2, 22)) // to the end: it hands over
	check(1, 11, Standing{true, 1, []uint64{3, 2}})
	q.Put(at(42, 1, 0)) // withdrawn
	check(3, 34, Standing{true, 3, []uint64{2}})
	if q.Put(at(39, 1, 11)) {
		t.Fatal("an older record undoes the withdrawal")
	}
	if r, has := q.Has(lease.Holder{Node: 2, Instance: 22}); !has || r.Sequence != 41 {
		t.Fatalf("%v %v", r, has)
	}
	if _, has := q.Has(lease.Holder{Node: 1, Instance: 11}); has {
		t.Fatal("a withdrawn registration is still there")
	}
}

// A record that was stored again, because something else was put in its place, keeps the place in the queue.
func TestARecordThatIsStoredAgainKeepsItsPlace(t *testing.T) {
	var q Queue
	q.Put(at(10, 1, 11))
	q.Put(at(20, 2, 22))
	again := at(40, 1, 11)
	again.Place = 10
	q.Put(again)
	first := lease.Holder{Node: 1, Instance: 11}
	if s := q.Of(first); !s.Equal(Standing{true, 1, []uint64{2}}) {
		t.Errorf("%+v", s)
	}
	if r, has := q.Has(first); !has || r.Sequence != 40 {
		t.Errorf("%+v, %v", r, has)
	}
	q.Put(at(41, 1, 11)) // to the end
	if s := q.Of(first); !s.Equal(Standing{false, 2, []uint64{1}}) {
		t.Errorf("%+v", s)
	}
}

// A node in maintenance comes after all that aren't, and has its turn only where all are.
func TestDrainedNodesComeLast(t *testing.T) {
	var q Queue
	drained := func(sequence, node uint64, is bool) {
		r := at(sequence, node, 11*node)
		r.Drained = is
		q.Put(r)
	}
	check := func(want ...uint64) {
		t.Helper()
		s := q.Of(lease.Holder{Node: want[0], Instance: 11 * want[0]})
		if !s.Equal(Standing{true, want[0], want[1:]}) {
			t.Errorf("%+v, want %v", s, want)
		}
	}
	drained(10, 1, false)
	drained(20, 2, false)
	drained(30, 3, false)
	check(1, 2, 3)
	drained(40, 1, true)
	check(2, 3, 1)
	drained(50, 3, true)
	check(2, 1, 3)
	drained(60, 2, true)
	check(1, 3, 2)
	drained(70, 2, false)
	check(2, 1, 3)
	drained(80, 1, false)
	check(2, 1, 3)
}

// Records may be seen in any order and repeatedly; the newest of each node counts. At most
// one node has the turn.
func TestTheOrderInWhichRecordsAreSeenDoesNotMatter(t *testing.T) {
	random := testrand.New(t)
	for range 500 {
		var records []Registration
		for sequence := range uint64(12) {
			node := random.Uint64N(4) + 1
			records = append(records, at(sequence+1, node, random.Uint64N(3)))
		}
		var inOrder, shuffled Queue
		for _, r := range records {
			inOrder.Put(r)
		}
		for range 3 {
			random.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
			for _, r := range records {
				shuffled.Put(r)
			}
		}
		turns := 0
		for _, r := range records {
			want, got := inOrder.Of(r.Holder), shuffled.Of(r.Holder)
			if !got.Equal(want) {
				t.Fatalf("%v: %+v, want %+v", r, got, want)
			}
		}
		if !slices.IsSortedFunc(inOrder.waiting, func(a, b Registration) int { return cmp.Compare(a.Sequence, b.Sequence) }) {
			t.Fatalf("%v", inOrder.waiting)
		}
		for node := range uint64(5) {
			for instance := range uint64(3) {
				if shuffled.Of(lease.Holder{Node: node, Instance: instance}).Turn {
					turns++
				}
			}
		}
		if turns > 1 || turns == 0 && len(shuffled.waiting) > 0 {
			t.Fatalf("%d have the turn in %v", turns, shuffled.waiting)
		}
	}
}
