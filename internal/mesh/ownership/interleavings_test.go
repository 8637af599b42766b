package ownership

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"netmeshos/internal/mesh/wire"
)

// The tests here explore every interleaving of two nodes that take a daemon from each other and
// commit, with answers that are lost, messages that are doubled or come late, messages of others in the log, and
// crashes, up to a bound. Each event adds to the daemon's state and emits one output.

const (
	mostRecords = 4 // in the log
	mostEvents  = 2
	mostCopies  = 2 // of messages under way
	mostCrashes = 1
	mostForeign = 1 // messages of others in the log
)

// entry is a record of the log.
type entry struct {
	by, number uint8 // its id: the node and its counter
	base       uint8 // the place of the record that it builds on
	position   uint8 // how many events have been processed
	counts     [mostEvents]uint8
	first, out uint8 // outputs
	foreign    bool  // it is no record
}

func (e entry) id() wire.ID {
	return wire.ID{Node: uint64(e.by) + 1, Instance: 1, Counter: uint64(e.number)}
}

// What a node is doing.
const (
	idle    = iota
	claims  // it has sent a claim
	owns    // it may process
	commits // it has sent a commit
)

type station struct {
	doing uint8
	state entry // what it has in memory; base is the place of the last record, as it believes
	end   uint8 // the log's length that it believes in
	sent  entry
}

// message is on its way to the log.
type message struct {
	there   bool
	entry   entry
	expects uint8
}

// world is everything. It is comparable, so that no state is explored twice.
type world struct {
	log     [mostRecords]entry
	records uint8
	net     [mostCopies]message
	nodes   [2]station
	numbers [2]uint8 // the last number of each node, over its crashes
	crashes uint8
	foreign uint8
}

// rules are those of the protocol; each can be broken.
type rules struct {
	unconditional bool // the log takes every record
	hopeful       bool // a commit in doubt is taken for stored
	trusting      bool // a refusal is taken for a repetition of what was stored
	lateLoad      bool // the claim is on the condition of the present log, not of the one that was loaded
	blind         bool // another's record is passed over like a message of others
}

// last returns the last record of the log, and its place; 0: there is none.
func (w *world) last() (entry, uint8) {
	for i := w.records; i > 0; i-- {
		if !w.log[i-1].foreign {
			return w.log[i-1], i
		}
	}
	return entry{}, 0
}

// send puts a message on its way; false: there is no room, and this path isn't explored.
func (w *world) send(e entry, expects uint8) bool {
	for i := range w.net {
		if !w.net[i].there {
			w.net[i] = message{true, e, expects}
			return true
		}
	}
	return false
}

// order makes worlds equal that differ only in the places of messages.
func (w *world) order() {
	slices.SortFunc(w.net[:], func(a, b message) int {
		return cmp.Or(cmp.Compare(a.entry.by, b.entry.by), cmp.Compare(a.entry.number, b.entry.number), cmp.Compare(a.expects, b.expects))
	})
}

// load is what the last record says.
func (w *world) load() entry {
	e, at := w.last()
	if at == 0 {
		return entry{first: 1}
	}
	e.base = at
	return e
}

// begin sends a record of a node: what it has in memory, with a new id.
func (w *world) begin(n int, doing uint8) bool {
	s := &w.nodes[n]
	w.numbers[n]++
	s.sent = s.state
	s.sent.by, s.sent.number = uint8(n), w.numbers[n] //nolint:gosec // 0 or 1
	s.doing = doing
	return w.send(s.sent, s.end)
}

// answered takes the answer to what a node has sent.
func (w *world) answered(n int, stored bool, at uint8, r rules) {
	s := &w.nodes[n]
	if !stored && !r.trusting {
		s.doing = idle // ownership is lost, and what was in memory too
		s.state, s.sent, s.end = entry{}, entry{}, 0
		return
	}
	s.doing = owns
	s.state.base, s.end = at, max(at, s.end)
	s.state.first = s.state.out + 1
	s.sent = entry{}
}

// next returns every world that can follow.
func (w world) next(r rules) []world {
	var all []world
	add := func(to world) { all = append(all, to) }
	for n := range w.nodes {
		s := w.nodes[n]
		switch s.doing {
		case idle:
			to := w
			to.nodes[n].state = to.load()
			to.nodes[n].state.first = to.nodes[n].state.out + 1
			to.nodes[n].doing = claims
			to.nodes[n].sent, to.nodes[n].end = entry{}, w.records
			if r.lateLoad {
				// what is sent is made of what was loaded, and the log may have gone on before
				for k := range to.records {
					if to.log[k].foreign {
						continue
					}
					late := to
					late.nodes[n].state = late.log[k]
					late.nodes[n].state.base = late.records
					late.nodes[n].state.first = late.nodes[n].state.out + 1
					if late.begin(n, claims) {
						add(late)
					}
				}
			}
			if to.begin(n, claims) {
				add(to)
			}
		case owns:
			if s.state.position < mostEvents {
				to := w
				m := &to.nodes[n].state
				m.counts[m.position]++
				m.position++
				m.out++
				add(to)
			}
			if s.state.out >= s.state.first {
				if to := w; to.begin(n, commits) {
					add(to)
				}
			}
		case claims, commits:
			if to := w; to.send(s.sent, s.end) { // doubled, or again
				add(to)
			}
			last, at := w.last()
			var id wire.ID
			if at > 0 {
				id = last.id()
			}
			to := w
			to.nodes[n].end = w.records
			switch v := Settle(s.sent.id(), uint64(s.sent.base), id, uint64(at)); {
			case v == Stored:
				to.answered(n, true, at, r)
				add(to)
			case v == Passed && !r.blind:
				to.answered(n, false, at, r)
				add(to)
			default: // the same bytes, behind what others have put there
				add(to)
			}
			if r.hopeful && s.doing == commits {
				to := w
				to.answered(n, true, s.end+1, r)
				add(to)
			}
		}
		if w.crashes < mostCrashes {
			to := w
			to.crashes++
			to.nodes[n] = station{}
			add(to)
		}
	}
	if w.foreign < mostForeign && w.records < mostRecords {
		to := w
		to.foreign++
		to.log[to.records] = entry{foreign: true}
		to.records++
		add(to)
	}
	for i := range w.net {
		if !w.net[i].there {
			continue
		}
		lost := w
		lost.net[i] = message{}
		add(lost)
		m := w.net[i]
		taken := m.expects == w.records || r.unconditional
		to := lost
		if taken {
			if to.records == mostRecords {
				continue
			}
			to.log[to.records] = m.entry
			to.records++
		}
		add(to) // the answer is lost
		if s := to.nodes[m.entry.by]; (s.doing == claims || s.doing == commits) && s.sent == m.entry && taken {
			to.answered(int(m.entry.by), true, to.records, r)
			add(to)
		} else if s.doing != idle && s.sent == m.entry && r.trusting {
			to.answered(int(m.entry.by), false, to.records, r)
			add(to)
		} // else: a refusal is settled by what the leader says, above
	}
	return all
}

// wrong says what must never be.
func (w *world) wrong() string {
	before, at := entry{}, uint8(0)
	for i := range w.records {
		e := w.log[i]
		if e.foreign {
			continue
		}
		if e.base != at {
			return fmt.Sprintf("record %d builds on %d and not on %d: two have committed", i+1, e.base, at)
		}
		at = i + 1
		for k, count := range e.counts {
			want := uint8(0)
			if k < int(e.position) {
				want = 1
			}
			if count != want {
				return fmt.Sprintf("in record %d event %d counts %d times", i+1, k, count)
			}
		}
		if e.first != before.out+1 || e.out < before.out || e.position < before.position {
			return fmt.Sprintf("record %d has outputs %d to %d after %d", i+1, e.first, e.out, before.out)
		}
		before = e
	}
	for n, s := range w.nodes {
		// Who goes on processing has its last record in the log: so everything that was
		// passed on is stored.
		if s.doing == owns && (s.state.base == 0 || s.state.base > w.records || w.log[s.state.base-1].foreign || w.log[s.state.base-1].by != uint8(n)) { //nolint:gosec // 0 or 1
			return fmt.Sprintf("node %d goes on after a record that isn't there", n)
		}
	}
	return ""
}

// explore returns how many worlds there are, how many events were processed at most in the log,
// and what is wrong.
func explore(r rules) (worlds int, most uint8, wrong string) {
	seen := map[world]struct{}{{}: {}}
	queue := []world{{}}
	for len(queue) > 0 {
		w := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if wrong := w.wrong(); wrong != "" {
			return len(seen), most, wrong
		}
		last, _ := w.last()
		most = max(most, last.position)
		for _, to := range w.next(r) {
			to.order()
			if _, ok := seen[to]; !ok {
				seen[to] = struct{}{}
				queue = append(queue, to)
			}
		}
		if len(seen) > 3_000_000 {
			return len(seen), most, "there are too many worlds to explore"
		}
	}
	return len(seen), most, ""
}

func TestTwoOwnersNeverBothCommit(t *testing.T) {
	worlds, most, wrong := explore(rules{})
	if wrong != "" {
		t.Fatal(wrong)
	}
	if most != mostEvents {
		t.Fatalf("only %d of %d events are ever committed", most, mostEvents)
	}
	t.Logf("%d worlds", worlds)
}

// The exploration finds what goes wrong where a rule is broken.
func TestEachRuleIsNeeded(t *testing.T) {
	for name, r := range map[string]rules{
		"records are stored unconditionally":      {unconditional: true},
		"a commit in doubt is taken for stored":   {hopeful: true},
		"a refusal is taken for a repetition":     {trusting: true},
		"what was loaded is older than the claim": {lateLoad: true},
		"another's record is passed over":         {blind: true},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, wrong := explore(r); wrong == "" || wrong == "there are too many worlds to explore" {
				t.Errorf("nothing goes wrong: %q", wrong)
			} else {
				t.Log(wrong)
			}
		})
	}
}
