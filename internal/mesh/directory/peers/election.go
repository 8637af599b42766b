package peers

import (
	"time"

	"netmeshos/internal/mesh/directory/lease"
)

// Claim is what the mesh has stored about the aggregator.
type Claim struct {
	Sequence   uint64       // of the record, which is the term of the aggregator; 0: there is none
	Aggregator lease.Holder // zero: it has left
}

// Step is what the Election wants done. Each has one answer.
type Step uint8

// The steps.
const (
	Wait      Step = iota
	ReadClaim      // from the leader; the answer is Found or Failed
	StoreOwn       // with the expected sequence Expect; the answer is Won, Lost or Failed
	PingFirst      // the aggregator of the record; the answer is Pinged
)

// Election decides whether this node is the aggregator: the one whose claim is stored, until it
// falls silent. Two aggregators at once do no harm, because everybody follows the newer one.
type Election struct {
	self    lease.Holder
	beat    time.Duration
	rank    func() int // how many nodes come before this one if the aggregator falls silent
	term    uint64     // of this node; 0: it isn't the aggregator
	known   Claim
	asked   Step
	next    time.Duration
	started bool // the first look has been taken
	doubted bool // it was the aggregator until another was heard, which may be nobody's word
}

// NewElection returns the election of a node that has just come up.
func NewElection(self lease.Holder, beat, now time.Duration, rank func() int) *Election {
	return &Election{self: self, beat: beat, rank: rank, next: now}
}

// Term returns the term of which this node is the aggregator; 0: it isn't.
func (e *Election) Term() uint64 { return e.term }

// Next returns when Tick has something to do, if no answer is awaited.
func (e *Election) Next() (at time.Duration, any bool) {
	if e.doubted {
		return 0, e.asked == Wait
	}
	return e.next, e.asked == Wait && e.term == 0
}

// Tick returns what is to be done.
func (e *Election) Tick(now time.Duration) Step {
	if e.asked != Wait || e.term != 0 || now < e.next && !e.doubted {
		return Wait
	}
	e.doubted = false
	return e.ask(ReadClaim)
}

// Expect is the sequence for StoreOwn.
func (e *Election) Expect() uint64 { return e.known.Sequence }

// First is who is to be pinged.
func (e *Election) First() lease.Holder { return e.known.Aggregator }

// Heard says that an aggregator has published something.
func (e *Election) Heard(now time.Duration, term uint64, who lease.Holder, leaving bool) {
	switch {
	case who == e.self:
		return
	case e.term != 0 && term > e.term:
		e.term, e.doubted = 0, true
	case e.term != 0:
		return // a former aggregator that hasn't noticed yet
	}
	e.started = true
	e.known.Sequence, e.known.Aggregator = max(e.known.Sequence, term), who
	e.next = now + 5*e.beat/2 + e.delay()
	if leaving {
		e.next = now + e.delay()
	}
}

// Gone says that a run of a node is over. If that is the aggregator, nobody needs to wait until it has been silent for long.
func (e *Election) Gone(now time.Duration, h lease.Holder) {
	if e.term == 0 && e.started && e.known.Aggregator == h {
		e.next = min(e.next, now+e.delay())
	}
}

// delay keeps all nodes from claiming at once.
func (e *Election) delay() time.Duration { return min(time.Duration(e.rank()), 40) * e.beat / 8 }

// Found answers ReadClaim.
func (e *Election) Found(now time.Duration, c Claim) Step {
	if !e.answered(ReadClaim) {
		return Wait
	}
	before := e.known
	e.known = c
	switch {
	case c.Sequence != 0 && c.Aggregator == e.self:
		e.term = c.Sequence
		return Wait
	case now < e.next: // it was heard in the meantime
		return Wait
	case c.Aggregator.Instance == 0 || c.Aggregator.Node == e.self.Node:
		return e.ask(StoreOwn)
	case !e.started:
		e.started = true
		return e.ask(PingFirst)
	case c.Sequence != before.Sequence: // a new one: it will be heard
		e.next = now + 5*e.beat/2 + e.delay()
		return Wait
	}
	return e.ask(StoreOwn)
}

// Pinged answers PingFirst.
func (e *Election) Pinged(now time.Duration, p lease.Pong) Step {
	if !e.answered(PingFirst) {
		return Wait
	}
	if p == lease.Nobody && now >= e.next {
		return e.ask(StoreOwn)
	}
	e.next = now + 5*e.beat/2 + e.delay()
	return Wait
}

// Won answers StoreOwn: this node is the aggregator.
func (e *Election) Won(term uint64) {
	if e.answered(StoreOwn) {
		e.term, e.started = term, true
	}
}

// Lost answers StoreOwn: another has claimed it.
func (e *Election) Lost() Step {
	if !e.answered(StoreOwn) {
		return Wait
	}
	return e.ask(ReadClaim)
}

// Failed answers any step.
func (e *Election) Failed(now time.Duration) {
	e.asked = Wait
	e.next = now + e.beat
}

// Reconnected says that the server was away. Another may have claimed meanwhile: an aggregator hears
// of it, and everybody gives the one that is known time to be heard.
func (e *Election) Reconnected(now time.Duration) {
	if e.term == 0 && e.asked == Wait && e.started {
		e.next = now + 5*e.beat/2 + e.delay()
	}
}

// Resign ends being the aggregator.
func (e *Election) Resign(now time.Duration) {
	e.term = 0
	e.next = now + e.beat
}

func (e *Election) ask(s Step) Step {
	e.asked = s
	return s
}

func (e *Election) answered(s Step) bool {
	if e.asked != s {
		return false
	}
	e.asked = Wait
	return true
}
