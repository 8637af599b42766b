package driver

import (
	"time"

	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/ownership"
)

// patience is how long the end of a daemon has its delivers wait for a commit that isn't stored.
const patience = time.Second

// errEnded is the answer to a deliver whose daemon has ended before it could be committed.
var errEnded = fault.New(fault.Stopped, "the daemon has ended, and the servers have not taken what it has processed: nothing of it is kept")

// errInDoubt is the answer to a deliver whose daemon has ended before its commit was acknowledged.
var errInDoubt = fault.New(fault.Timeout, "the daemon has ended, and it is not known whether the event that it has processed will be committed")

// leaving is what the end of a daemon has to know of the commit that is under way. It is guarded by Driver.mu.
type leaving struct {
	since    time.Time  // when the daemon was ended; zero: it wasn't
	alone    bool       // no other node stood by then
	delivers []*Request // of the record that is being stored
	sent     bool       // the record may be stored
}

func (l *leaving) isOver() bool { return !l.since.IsZero() && time.Since(l.since) >= patience }

// End gives the daemon up: what was processed is committed, and another node may go on at once. Done is
// closed when that is over. alone: none stands by, so what waits in the inbox ends with the daemon.
func (d *Driver) End(alone bool) {
	d.mu.Lock()
	if d.leaving.since.IsZero() {
		d.leaving.since, d.leaving.alone = time.Now(), alone
		d.awaitStoring()
	}
	d.mu.Unlock()
	d.input((*ownership.Machine).End)
}

// beginStoring says that a record is being stored, for some delivers.
func (d *Driver) beginStoring(delivers []*Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.leaving.delivers, d.leaving.sent = delivers, false
	if !d.leaving.since.IsZero() {
		d.awaitStoring()
	}
}

func (d *Driver) endStoring() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.leaving.delivers = nil
}

// awaitStoring has the delivers of the record that is being stored answered soon, whatever becomes of it. It needs mu.
func (d *Driver) awaitStoring() {
	delivers := d.leaving.delivers
	if len(delivers) == 0 {
		return
	}
	time.AfterFunc(patience, func() {
		d.mu.Lock()
		sent := d.leaving.sent && len(d.leaving.delivers) > 0 && d.leaving.delivers[0] == delivers[0]
		d.mu.Unlock()
		if sent { // who stores it waits for the servers
			answerThem(delivers, errInDoubt)
		}
	})
}

// setSent says whether the record that is being stored may be.
func (d *Driver) setSent(sent bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.leaving.sent = sent
}

// gives reports whether a record that the servers don't take is given up, because the daemon has ended and somebody waits:
// what it has processed is thrown away, and its delivers haven't happened. Events that the mesh doesn't know would be lost.
func (d *Driver) gives() bool {
	d.mu.Lock()
	delivers, sent := d.leaving.delivers, d.leaving.sent
	over := d.leaving.isOver() && len(delivers) > 0
	d.mu.Unlock()
	if over && (sent || d.set.options.Direct) {
		answerThem(delivers, errInDoubt)
		return false
	}
	return over
}

func answerThem(requests []*Request, err *fault.Error) {
	for _, q := range requests {
		q.answer(Answer{Err: err})
	}
}
