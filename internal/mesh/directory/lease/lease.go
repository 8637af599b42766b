// Package lease decides who may act for a node. Own is the lease of this node: one record in
// the mesh, which the node renews. Watch judges when the leases of other nodes are over. Both
// are pure state machines: the time comes in, and what is to be done goes out. The time is
// monotonic, so that a clock that is set has no influence.
package lease

import "time"

// Record is what the mesh has stored as the lease of a node.
type Record struct {
	Sequence uint64 // of the record, or of the mark that it has left; 0: there is neither
	Instance uint64 // who holds it; 0: nobody
	Foreign  bool   // it is no record: somebody has put something else in its place, and who holds it isn't known
}

// Instance numbers tell the runs of a node apart. They are random and not 0.

// Do is what the machine wants done. Each Do has one answer, which the machine waits for.
type Do uint8

// The things to do.
const (
	Nothing Do = iota // until the next Tick
	Read              // the record from the leader; the answer is Found or Failed
	Store             // the record with expected sequence Expect; the answer is Stored, Refused or Failed
	Ping              // the instance Asked; the answer is Pinged
	Give              // store that the lease has been given up, with Expect; the answer is any
)

func (d Do) String() string { return [...]string{"nothing", "read", "store", "ping", "give"}[d] }

// Pong is the answer to a ping.
type Pong uint8

// The answers.
const (
	Silent Pong = iota // nobody answered in time: it may live
	Alive              // the instance answered
	Nobody             // the server says that nobody listens: it is gone
)

// Status is how it stands with the lease.
type Status uint8

// The states that others see.
const (
	Pending Status = iota // not held: being acquired, or lost and being acquired again
	Holding               // held, until the time that Until returns
	Taken                 // a live node has this id
	Given                 // given up in order
)

// Own is the lease of this node. It is made with New; the zero value can't be used.
type Own struct {
	instance uint64
	ttl      time.Duration

	status   Status
	sequence uint64        // of our newest record; 0: none
	until    time.Duration // the lease holds before this time
	epoch    uint64        // counts how often it was acquired
	busy     Do            // what has been asked for and not been answered
	asked    Record        // the record of another instance that was pinged
	sent     time.Duration // when the Store that is under way was asked for
	next     time.Duration // when to do something, if not busy
	verify   bool          // the record must be read before it is stored again
	leaving  bool
}

// New returns the machine of a lease that nobody has asked for. A lease of ttl is renewed
// every third of it.
func New(instance uint64, ttl time.Duration) *Own {
	return &Own{instance: instance, ttl: ttl, verify: true}
}

// Instance returns whose lease it is.
func (o *Own) Instance() uint64 { return o.instance }

// Status returns how it stands at the last input. Held says whether the lease is held now.
func (o *Own) Status() Status { return o.status }

// Until returns the end of the lease as the node may count on it: the sending of the last
// acknowledged renewal plus four fifths of the lease. Others wait for all of it, so they
// never act before this node has stopped, as long as the clocks run at speeds that differ by less
// than a fifth.
func (o *Own) Until() time.Duration { return o.until }

// Epoch counts how often the lease was acquired. Work that was begun under an older epoch
// has been interrupted.
func (o *Own) Epoch() uint64 { return o.epoch }

// Held reports whether the lease is held now. It needs no input before, so that a process that
// was stopped for long sees it in the first instruction.
func (o *Own) Held(now time.Duration) bool { return o.status == Holding && now < o.until }

// Tick says that time has passed. It returns what is to be done, if anything.
func (o *Own) Tick(now time.Duration) (Do, uint64) {
	o.expire(now)
	switch {
	case o.busy != Nothing || o.status == Given:
		return Nothing, 0
	case o.leaving:
		return o.leave(now)
	case now < o.next:
		return Nothing, 0
	case o.verify:
		return o.ask(Read), 0
	}
	return o.store(now, o.sequence)
}

// Next returns when Tick has something to do or to notice. A busy machine waits for its
// answer.
func (o *Own) Next() time.Duration {
	if o.status == Holding && (o.busy != Nothing || o.until < o.next) {
		return o.until
	}
	return o.next
}

// Other returns the instance that held the lease when this one last looked; 0: none.
func (o *Own) Other() uint64 { return o.asked.Instance }

// Busy reports whether an answer is awaited.
func (o *Own) Busy() bool { return o.busy != Nothing }

// Found answers Read.
func (o *Own) Found(now time.Duration, r Record) (Do, uint64) {
	if !o.answered(now, Read) {
		return Nothing, 0
	}
	if o.leaving {
		return o.leave(now)
	}
	if r.Instance == 0 || r.Instance == o.instance {
		return o.store(now, r.Sequence)
	}
	o.drop()
	o.asked = r
	return o.ask(Ping), r.Instance
}

// Pinged answers Ping.
func (o *Own) Pinged(now time.Duration, p Pong) (Do, uint64) {
	if !o.answered(now, Ping) {
		return Nothing, 0
	}
	if o.leaving {
		return o.leave(now)
	}
	switch p {
	case Nobody:
		return o.store(now, o.asked.Sequence)
	case Alive:
		o.status = Taken
		o.wait(now, o.ttl)
	case Silent: // it may be stopped or cut off: its lease will show
		o.wait(now, min(o.ttl/6, time.Second)) // not much longer than that, as a start waits for it
	}
	return Nothing, 0
}

// Stored answers Store: the mesh has the record, with this sequence.
func (o *Own) Stored(now time.Duration, sequence uint64) (Do, uint64) {
	if !o.answered(now, Store) {
		return Nothing, 0
	}
	o.sequence, o.verify = sequence, false
	until := o.sent + o.ttl*4/5
	if now >= until { // the answer was so late that nothing is left of the lease
		o.next = now
		return o.Tick(now)
	}
	if o.status != Holding {
		o.epoch++
	}
	o.status, o.until = Holding, until
	o.next = o.sent + o.ttl/3
	return o.Tick(now)
}

// Refused answers Store: another record has come in between.
func (o *Own) Refused(now time.Duration) (Do, uint64) {
	if !o.answered(now, Store) {
		return Nothing, 0
	}
	if o.leaving {
		return o.leave(now)
	}
	o.verify, o.next = true, now
	return o.Tick(now)
}

// Failed answers Read or Store: the server wasn't reached, or it isn't known what it has done.
func (o *Own) Failed(now time.Duration) (Do, uint64) {
	if !o.answered(now, o.busy) {
		return Nothing, 0
	}
	if o.leaving {
		return o.leave(now)
	}
	o.verify = true
	o.wait(now, o.ttl/12)
	return Nothing, 0
}

// Reconnected says that the server can be reached again: what waits is tried at once.
func (o *Own) Reconnected(now time.Duration) (Do, uint64) {
	o.next = min(o.next, now)
	return o.Tick(now)
}

// Leave gives the lease up as soon as nothing is under way.
func (o *Own) Leave(now time.Duration) (Do, uint64) {
	o.leaving = true
	return o.Tick(now)
}

// Gave answers Give. The lease is over whatever came of it.
func (o *Own) Gave() {
	if o.busy == Give {
		o.busy = Nothing
	}
}

func (o *Own) leave(now time.Duration) (Do, uint64) {
	held := o.sequence != 0 && o.status == Holding
	o.drop()
	o.status = Given
	if !held {
		return Nothing, 0
	}
	return o.ask(Give), o.sequence
}

// answered notes the answer to d, and reports whether it was awaited.
func (o *Own) answered(now time.Duration, d Do) bool {
	o.expire(now)
	if o.busy != d || d == Nothing {
		return false
	}
	o.busy = Nothing
	return true
}

// expire notices that the lease is over.
func (o *Own) expire(now time.Duration) {
	if o.status == Holding && now >= o.until {
		o.drop()
	}
}

// drop ends the lease.
func (o *Own) drop() {
	if o.status == Holding {
		o.status, o.verify = Pending, true
	}
}

func (o *Own) store(now time.Duration, expect uint64) (Do, uint64) {
	o.sent = now
	if o.status == Taken {
		o.status = Pending
	}
	return o.ask(Store), expect
}

func (o *Own) ask(d Do) Do {
	o.busy = d
	return d
}

func (o *Own) wait(now, d time.Duration) { o.next = now + d }
