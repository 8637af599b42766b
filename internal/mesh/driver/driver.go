package driver

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/clock"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/dedup"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/meshed"
	"netmeshos/internal/mesh/ownership"
	"netmeshos/internal/mesh/wire"
)

// Driver drives one daemon that is registered here. All methods are safe from any goroutine.
type Driver struct {
	set      *Set
	daemon   meshed.Daemon
	id       uint64
	done     chan struct{} // closed when it has ended
	settled  chan struct{} // see Settled
	settling sync.Once
	woken    chan struct{} // has room for one
	resting  *time.Timer   // of rest
	dead     atomic.Uint64 // dead letters
	resumes  atomic.Uint64 // calls of Resumed
	hurries  atomic.Bool   // purge what is committed as soon as may be: see hurry

	mu       sync.Mutex // guards what follows
	machine  *ownership.Machine
	running  bool // the goroutine is there
	again    bool // something has changed since it looked
	ended    bool
	blocked  bool         // the daemon processes nothing until Resumed
	why      *fault.Error // the answer to delivers then
	hold     *fault.Error // the same until Hold changes it; nil: it isn't held
	changed  bool         // what it has subscribed to
	freed    bool         // this node was its owner, and has handed it over
	sources  []*source
	requests []*Request
	shown    wire.Position // of the inbox, as committed
	base     uint64        // sequence of the last record
	waiting  int           // events that wait: see depth
	refuses  *fault.Error  // the answer to requests; nil: they are done
	waits    uint64        // the subscriber that it waits for; 0: none
	leaving  leaving
	direct   bool // see Direct
	renew    bool // see recommit

	// Only the goroutine uses what follows, and sources without mu for reading.
	windows, posters *dedup.Windows
	batch            *batch
	open             open
	failing          failure
	turns            int
	last             lastRecord
	stale            bool // the daemon doesn't have last's state
	out, seen        uint64
	unseen           uint64          // sequence of the first record with outputs after seen; 0: none
	known            []wire.Position // of the subscriptions that the last record knew when it was adopted
	tidy             tidy
	lag              lag
	vanished         bool   // see isGone: of the record that was written last
	claimedOut       uint64 // number of the last output before this node's claim
}

func newDriver(s *Set, daemon meshed.Daemon) *Driver {
	return &Driver{set: s, daemon: daemon, id: daemon.ID(), done: make(chan struct{}), settled: make(chan struct{}), woken: make(chan struct{}, 1),
		machine: ownership.New(s.options.Self, s.options.Held())}
}

var batches = sync.Pool{New: func() any { return new(batch) }}

// wake lets the driver look what there is to do.
func (d *Driver) wake() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wakeLocked()
}

func (d *Driver) wakeLocked() {
	d.again = true
	if d.running {
		select {
		case d.woken <- struct{}{}:
		default:
		}
		return
	}
	if d.ended || !d.set.begins() {
		return
	}
	d.running = true
	go d.run() // ends when there is nothing to do
}

// input changes the machine.
func (d *Driver) input(f func(*ownership.Machine)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f(d.machine)
	d.wakeLocked()
}

func (d *Driver) run() {
	defer d.set.running.Done()
	d.batch = batches.Get().(*batch)
	for d.turn() {
		continue
	}
}

// idle ends the goroutine, unless something has changed. It must be the last thing that the
// goroutine does.
func (d *Driver) idle() bool {
	b := d.batch
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.again && d.set.closing.Err() == nil {
		return true
	}
	d.batch = nil
	clear(b.from)
	clear(b.ends)
	batches.Put(b)
	d.running = false
	return false
}

// rest waits until something changes, at most for some time.
func (d *Driver) rest(most time.Duration) bool {
	d.mu.Lock()
	again := d.again // this turn has found more to do
	d.mu.Unlock()
	if again {
		return true
	}
	if d.resting == nil {
		d.resting = time.NewTimer(most)
	} else {
		d.resting.Reset(most)
	}
	defer d.resting.Stop()
	select {
	case <-d.woken:
	case <-d.resting.C:
	case <-d.set.closing.Done():
	}
	return true
}

// pause waits for some time, whatever changes.
func (d *Driver) pause(time time.Duration) bool { return clock.Sleep(d.set.closing, time) }

// tryAgain is how long the driver waits after the servers couldn't be reached.
const tryAgain = 50 * time.Millisecond

// turn does one thing; false: there is nothing to do, and the goroutine has ended.
func (d *Driver) turn() bool {
	d.mu.Lock()
	d.again = false
	do := d.machine.Next()
	phase := d.machine.Phase()
	owner := d.machine.Other()
	d.mu.Unlock()
	if d.set.closing.Err() != nil {
		d.refuseAll(errLeft)
		return d.idle()
	}
	switch do {
	case ownership.Look:
		return d.look()
	case ownership.Claim:
		return d.claim()
	case ownership.Release:
		return d.release()
	case ownership.Watch:
		d.set.options.Watch(owner)
		return true
	case ownership.Stop, ownership.Pause, ownership.Resume, ownership.Nothing:
	}
	switch phase {
	case ownership.Owner:
		return d.work()
	case ownership.Ended:
		d.refuseAll(errLeft)
		d.mu.Lock()
		if !d.ended {
			d.ended = true
			close(d.done)
		}
		d.mu.Unlock()
		d.set.remove(d)
	case ownership.Standby, ownership.Claiming, ownership.Releasing:
		d.refuseAll(errElsewhere)
	}
	return d.idle()
}

// lose throws away what isn't committed, after a record was refused.
func (d *Driver) lose() {
	d.unfollow()
	d.divert(true)
	d.mu.Lock()
	d.machine.Refused()
	d.machine.Stopped()
	d.again = true
	d.mu.Unlock()
	d.windows, d.posters = nil, nil
	d.log(logs.Warn, "another node has taken daemon %q over: what was not committed is thrown away here", d.daemon.Name())
}

// Done is closed when the driver has ended.
func (d *Driver) Done() <-chan struct{} { return d.done }

// Want says whether this node shall own the daemon: false hands it over.
func (d *Driver) Want(wanted bool) { d.input(func(m *ownership.Machine) { m.Want(wanted) }) }

// Settled is closed when it is known for the first time where the daemon runs: here, with the state of its last
// commit, or on another node.
func (d *Driver) Settled() <-chan struct{} { return d.settled }

// Settle says that the daemon runs on another node.
func (d *Driver) Settle() { d.settling.Do(func() { close(d.settled) }) }

// Resumed says that the daemon processes events again.
func (d *Driver) Resumed() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.blocked, d.why = false, nil
	d.resumes.Add(1)
	d.wakeLocked()
}

// Hold has the daemon process nothing from now on, and delivers answered with why; nil: it goes on. What runs
// still ends, and requests that need no event processed are done.
func (d *Driver) Hold(why *fault.Error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hold = why
	d.wakeLocked()
}

// Status is what is known about a driver.
type Status struct {
	Phase      ownership.Phase
	Other      ownership.Holder // who runs it elsewhere
	Committed  uint64           // sequence of the last record; 0: none
	Inbox      wire.Position    // of the last record
	Dead       uint64           // dead letters here
	Waits      uint64           // the subscriber that it waits for, which is too far behind; 0: none
	Foreigners uint64           // messages on its subjects that were not the mesh's
	Waiting    int              // events that wait here, as far as they have been seen
}

// Status returns how it stands.
func (d *Driver) Status() Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return Status{d.machine.Phase(), d.machine.Other(), d.base, d.shown, d.dead.Load(), d.waits, d.set.foreigners.count(d.id), d.waiting}
}

// arrived takes a message that has come by itself.
func (d *Driver) arrived(id uint64, part link.Part, m link.Message) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.sources {
		if s.id == id && s.inbox == (part == link.PartIn) {
			d.wait(s.arrive(m))
			d.wakeLocked()
		}
	}
}

// missed says that messages may be missing.
func (d *Driver) missed() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.sources {
		s.behind = true
	}
	d.machine.Lost()
	d.wakeLocked()
}

func (d *Driver) log(level logs.Level, format string, args ...any) {
	if d.set.options.Log != nil {
		d.set.options.Log(level, d.id, fmt.Sprintf(format, args...))
	}
}

func none(err error) bool { return errors.Is(err, link.ErrNone) }
