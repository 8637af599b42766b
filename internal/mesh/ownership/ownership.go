// Package ownership decides who runs a daemon that several nodes have registered. It is pure:
// a Machine for each registered daemon, and Settle, which says what became of a record whose
// answer was lost.
//
// The log of a daemon is the truth: who wrote its last record owns the daemon, unless that record
// releases it. A node becomes the owner by storing a claim on the condition that no other
// record has come in between, and it stays the owner as long as its records, stored on
// the same condition, are not refused. So leases and pings only say when it is time to try. They
// can be wrong without harm: of two nodes that try, the servers let one go on.
package ownership

// Holder is one run of a node.
type Holder struct{ Node, Instance uint64 }

// Phase says how it stands between this node and a daemon.
type Phase uint8

// The phases.
const (
	Standby   Phase = iota // another node has it, or it isn't known who
	Claiming               // this node tries to get it
	Owner                  // this node has it
	Releasing              // this node gives it up
	Ended                  // it isn't registered here any more
)

func (p Phase) String() string {
	return [...]string{"standby", "claiming", "owner", "releasing", "ended"}[p]
}

// Do is what the machine wants done.
type Do uint8

// The things to do. Each of the first four has one answer, which the machine waits for.
const (
	Nothing Do = iota
	Look       // read the last record: Found or Failed
	Claim      // restore, and store a claim: Claimed, Refused or Failed
	Release    // commit and store a release: Released
	Stop       // throw away what is not committed; then Stopped
	Watch      // ask the directory whether the other is alive; Gone is called when it isn't
	Pause      // the lease is over: process nothing more
	Resume     // go on, after Pause
)

func (d Do) String() string {
	return [...]string{"nothing", "look", "claim", "release", "stop", "watch", "pause", "resume"}[d]
}

// Machine is one daemon's. The zero value is a standby that is not registered and has no lease.
type Machine struct {
	self     Holder
	phase    Phase
	waits    Do     // what is being done; Nothing: nothing that has an answer
	lease    bool   // this node's lease is held
	wanted   bool   // this node shall own it if nobody else does
	ended    bool   // it isn't registered here any more
	known    bool   // owner is that of the last record that was seen
	missed   bool   // something has come during a Look, which may have read before it
	owner    Holder // zero: nobody
	gone     bool   // the owner is known not to live
	watching bool
}

// New returns the machine of a daemon that was just registered.
func New(self Holder, lease bool) *Machine {
	return &Machine{self: self, lease: lease, wanted: true}
}

// Phase returns how it stands.
func (m *Machine) Phase() Phase { return m.phase }

// Other returns who runs the daemon elsewhere, zero if nobody is known to.
func (m *Machine) Other() Holder {
	if m.owner == m.self || m.gone || m.phase == Owner {
		return Holder{}
	}
	return m.owner
}

// Next returns what to do. It is called after every input until it returns Nothing.
func (m *Machine) Next() Do {
	if m.waits != Nothing {
		return Nothing
	}
	switch m.phase {
	case Standby, Claiming:
		return m.away()
	case Owner:
		if m.ended || !m.wanted {
			m.phase = Releasing
			return m.wait(Release)
		}
	case Releasing, Ended:
	}
	return Nothing
}

func (m *Machine) away() Do {
	m.phase = Standby
	switch {
	case m.ended:
		m.phase = Ended
	case !m.lease:
	case !m.known:
		m.missed = false
		return m.wait(Look)
	case m.free():
		if m.wanted {
			m.phase = Claiming
			return m.wait(Claim)
		}
	case !m.watching:
		m.watching = true
		return Watch
	}
	return Nothing
}

func (m *Machine) free() bool {
	// Another run of this node is over: two at a time can't hold the node's lease.
	return m.gone || m.owner == Holder{} || m.owner.Node == m.self.Node
}

func (m *Machine) wait(d Do) Do {
	m.waits = d
	return d
}

// done notes an answer, and reports whether it was awaited.
func (m *Machine) done(d Do) bool {
	if m.waits != d {
		return false
	}
	m.waits = Nothing
	return true
}

// Found answers Look: who wrote the last record; zero, if there is none or it is a release.
func (m *Machine) Found(owner Holder) {
	if m.done(Look) {
		m.sees(owner)
		m.known = !m.missed
	}
}

// Saw says that another node's record was stored. It may be an old one.
func (m *Machine) Saw(owner Holder) {
	switch {
	case m.phase == Standby && m.waits == Nothing:
		m.sees(owner)
	case m.waits == Look:
		m.missed = true // which of the two came first is not known
	}
}

func (m *Machine) sees(owner Holder) {
	if owner != m.owner {
		m.gone = false
	}
	if owner != m.owner || !m.known {
		m.watching = false
	}
	m.known, m.owner = true, owner
}

// Failed answers Look or Claim: the servers couldn't be reached. Next tries it again; the
// caller waits in between.
func (m *Machine) Failed() {
	if m.done(Look) || m.done(Claim) {
		m.known, m.gone = false, false
	}
}

// Claimed answers Claim: this node owns the daemon. Pause follows if the lease is over.
func (m *Machine) Claimed() Do {
	if !m.done(Claim) {
		return Nothing
	}
	m.phase, m.owner, m.known, m.gone, m.watching = Owner, m.self, true, false, false
	if !m.lease {
		return Pause
	}
	return Nothing
}

// Refused says that a record of this node was refused, a claim or another: someone else's has
// come in between.
func (m *Machine) Refused() Do {
	m.known, m.gone, m.watching = false, false, false
	if m.done(Claim) {
		return Nothing
	}
	if m.phase == Owner || m.phase == Releasing {
		m.waits = Nothing
		m.phase = Standby
		return m.wait(Stop)
	}
	return Nothing
}

// Stopped answers Stop.
func (m *Machine) Stopped() { m.done(Stop) }

// Released answers Release.
func (m *Machine) Released() {
	if m.done(Release) {
		m.phase, m.known, m.owner, m.gone, m.watching = Standby, true, Holder{}, false, false
	}
}

// Lost says that records of others may have been missed.
func (m *Machine) Lost() {
	m.gone = m.gone && m.phase != Standby // judged with the eyes of one who was away
	m.lookAgain()
}

func (m *Machine) lookAgain() {
	switch {
	case m.phase == Standby && m.waits == Nothing:
		m.known, m.watching = false, false
	case m.waits == Look:
		m.missed = true
	}
}

// Owner returns who wrote the last record that was seen; zero: nobody, or it is a release.
func (m *Machine) Owner() Holder { return m.owner }

// ReleaseFailed answers Release when the servers couldn't be reached: Next wants it again.
func (m *Machine) ReleaseFailed() {
	if m.done(Release) {
		m.phase = Owner
	}
}

// Gone says that a run of a node is over. It stays so while that is the owner, however often this node looks: whoever is
// asked again whether it lives would have to wait for the end of its lease once more.
func (m *Machine) Gone(owner Holder) {
	if owner == m.owner {
		m.gone = true
	}
}

// Lease says whether this node's lease is held.
func (m *Machine) Lease(held bool) Do {
	if m.lease == held {
		return Nothing
	}
	m.lease = held
	if !held {
		m.gone = false // judged with the eyes of one who was away
		m.watching = false
	}
	if m.phase != Owner {
		return Nothing
	}
	if held {
		return Resume
	}
	return Pause
}

// Want says whether this node shall own the daemon: false while it drains, or another has its turn. Who gets
// its turn looks again, as the one before may have released the daemon unheard.
func (m *Machine) Want(wanted bool) {
	if wanted && !m.wanted {
		m.lookAgain()
	}
	m.wanted = wanted
}

// End says that the daemon isn't registered here any more.
func (m *Machine) End() { m.ended = true }
