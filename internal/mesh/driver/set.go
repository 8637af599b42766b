// Package driver has durable daemons process what a mesh stores for them. A Driver belongs to one
// registered daemon: it claims the daemon when nobody else owns it, reads its inbox and the outputs
// that it has subscribed to, lets it process them batch by batch, and commits what comes of
// that as one record. A Set is all drivers of a node, and a Poster stores what is posted.
//
// Each event changes the committed state once, because the record that has the state also says
// how far every source was processed, and is stored only if no other record came in between.
// What isn't committed is thrown away and done again. A driver has a goroutine only while it
// has something to do.
package driver

import (
	"context"
	"sync"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/event"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/meshed"
	"netmeshos/internal/mesh/ownership"
)

// Server is what drivers ask of the mesh's servers: a *link.Link, without its network code.
type Server interface {
	Store(ctx context.Context, subject string, data []byte, s link.Storing) (uint64, error)
	StoreAsync(ctx context.Context, subject string, data []byte, s link.Storing, done func(sequence uint64, err error))
	StoreBatch(ctx context.Context, parts []link.BatchPart, s link.Storing) (uint64, error)
	Last(ctx context.Context, subject string) (link.Message, error)
	Read(ctx context.Context, stream string, filters []string, from uint64, limit int) ([]link.Message, error)
	LastOf(ctx context.Context, stream, filter string) ([]link.Message, error)
	Purge(ctx context.Context, stream, subject string, below uint64) error
	Publish(subject string, data []byte) error
	Wait(ctx context.Context) error
	MaxData() int
}

// Following is a *link.Following.
type Following interface {
	Add(subjects ...string) error
	Remove(subjects ...string) error
	Close()
}

// Options of a Set. Those without a default are required.
type Options struct {
	Names  link.Names
	Self   ownership.Holder
	Server Server
	// Follow begins to follow subjects: Link.Follow.
	Follow func(subjects []string, into chan<- link.Message) (Following, error)
	// Held tells whether this node's lease is held now. It is asked often.
	Held func() bool
	// Direct: daemons also process events that the mesh doesn't know, so their state has to be stored
	// before they are handed over.
	Direct bool

	// Divert stores events that were put straight into a daemon's inbox, and which this node won't process. It must not block.
	Divert func(daemon uint64, events []event.Event)

	// Watch asks the directory to call Set.Gone when the holder is known to be over.
	Watch func(ownership.Holder)
	// Later is told that a daemon can't go on here, because a message of a later version of its format is the next one. It reports
	// whether another node is about to run the daemon. May be nil.
	Later func(daemon uint64, subject string, sequence uint64) bool
	Log   func(level logs.Level, daemon uint64, message string)
	// Foreign counts what is not the mesh's; nil: the set does by itself.
	Foreign *Foreigners

	CommitEvents int           // how many events a commit has at most, as long as it needn't wait; 0: 256
	CommitEvery  time.Duration // how long an event waits for its commit while others come
	Origins      int           // dedup_origins; 0: 1,000
	Numbers      int           // dedup_window; 0: 1,000
	Restart      bool          // a failure restarts the daemon: on_process_failure
	Attempts     int           // how often an event that fails is tried, where failures restart the daemon; 0: 3
	Timeout      time.Duration // of one request; 0: 5 s
	Purge        time.Duration // how often what was processed is purged; 0: 10 s
	PurgeEvents  int           // and after how many events; 0: 10,000
	Waiting      int64         // how many bytes of outputs a subscriber may not have processed; 0: any number
	StateRate    int           // bytes of large states written in a second; 0: 10 MB
}

func (o *Options) complete() {
	set := func(v *int, standard int) {
		if *v <= 0 {
			*v = standard
		}
	}
	set(&o.CommitEvents, 256)
	set(&o.Origins, 1000)
	set(&o.Numbers, 1000)
	set(&o.Attempts, 3)
	set(&o.PurgeEvents, 10_000)
	set(&o.StateRate, 10_000_000)
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Second
	}
	if o.Purge <= 0 {
		o.Purge = 10 * time.Second
	}
}

// Set is the drivers of a node.
type Set struct {
	options   Options
	counter   atomic.Uint64 // of the records that this run of the node has written
	following Following
	messages  chan link.Message
	background
	done       chan struct{}
	foreigners *Foreigners
	stops      stops

	mu      sync.Mutex // guards what follows; taken before a driver's
	drivers map[uint64]*Driver
	readers map[uint64]map[*Driver]struct{} // by producer: who reads its outputs here
	table   table
	takers  map[uint64]map[uint64]struct{} // by producer: who has subscribed to it
	lease   bool

	rooms *rooms
	alarm alarm
}

// NewSet returns a set without drivers, which knows all subscriptions of the mesh. It fails where the servers
// can't be reached.
func NewSet(o Options) (*Set, error) {
	o.complete()
	s := &Set{options: o, messages: make(chan link.Message, 1024), done: make(chan struct{}),
		drivers: map[uint64]*Driver{}, readers: map[uint64]map[*Driver]struct{}{}, takers: map[uint64]map[uint64]struct{}{}, lease: o.Held(), rooms: newRooms(o.Names)}
	if s.foreigners = o.Foreign; s.foreigners == nil {
		s.foreigners = NewForeigners(o.Names, o.Log)
	}
	s.open()
	var err error
	s.following, err = o.Follow(append(notices(o.Names), o.Names.Subscriptions(), o.Names.Rooms(), o.Names.Stops()), s.messages)
	if err == nil {
		err = s.readTable()
	}
	if err == nil {
		err = s.readStops()
	}
	if err != nil {
		s.close()
		if s.following != nil {
			s.following.Close()
		}
		return nil, err
	}
	go s.dispatch() // ends with Close
	return s, nil
}

// Close abandons all drivers: nothing more is processed or committed. Drivers that shall hand
// over are ended with End before.
func (s *Set) Close() {
	s.shut()
	<-s.done
	s.following.Close()
	s.running.Wait()
	for _, d := range s.all() {
		d.tidy.stop()
	}
}

// Add begins to drive a daemon that was registered.
func (s *Set) Add(d meshed.Daemon) *Driver {
	driver := newDriver(s, d)
	s.mu.Lock()
	s.drivers[d.ID()] = driver
	s.mu.Unlock()
	if s.Stopped(d.ID()) {
		d.SetStopped(true)
	}
	driver.divert(true) // what has been posted while no server could be asked comes after what is stored
	driver.wake()
	return driver
}

// Driver returns that of a daemon that is registered here, or nil.
func (s *Set) Driver(id uint64) *Driver {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.drivers[id]
}

func (s *Set) all() []*Driver {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*Driver, 0, len(s.drivers))
	for _, d := range s.drivers {
		all = append(all, d)
	}
	return all
}

func (s *Set) remove(d *Driver) {
	s.mu.Lock()
	if s.drivers[d.id] == d {
		delete(s.drivers, d.id)
	}
	s.mu.Unlock()
}

// Lease says whether this node's lease is held.
func (s *Set) Lease(held bool) {
	s.mu.Lock()
	s.lease = held
	s.mu.Unlock()
	for _, d := range s.all() {
		d.input(func(m *ownership.Machine) { m.Lease(held) })
	}
}

// Gone says that a run of a node is over, so that its daemons may be taken over.
func (s *Set) Gone(h ownership.Holder) {
	for _, d := range s.all() {
		d.input(func(m *ownership.Machine) { m.Gone(h) })
	}
}

// Want says whether this node shall own daemons: false while it drains.
func (s *Set) Want(wanted bool) {
	for _, d := range s.all() {
		d.input(func(m *ownership.Machine) { m.Want(wanted) })
	}
}

// dispatch hands messages to the drivers that read them. It ends with Close.
func (s *Set) dispatch() {
	defer close(s.done)
	for {
		select {
		case m := <-s.messages:
			s.take(m)
		case <-s.closing.Done():
			return
		}
	}
}

func (s *Set) take(m link.Message) {
	if m.Gap && m.Subject == "" {
		s.gap()
		return
	}
	id, part, ok := s.options.Names.ParseEvent(m.Subject)
	if !ok {
		if about, verb, ok := s.released(m.Subject); ok && verb == "released" {
			s.seeRelease(about)
			return
		} else if ok && verb == "remade" && about < uint64(s.options.Names.Streams) { //nolint:gosec // not negative
			s.recommit(s.options.Names.Stream(int(about))) //nolint:gosec // under Streams
			return
		} else if ok && verb == "full" {
			s.hurry()
			return
		}
		switch {
		case m.Gap: // one that is lost may be the last
			s.gap()
		case !s.rooms.see(m) && !s.seeStop(m):
			s.seeSubscription(m)
		}
		return
	}
	s.mu.Lock()
	var to []*Driver
	switch part {
	case link.PartIn:
		if d := s.drivers[id]; d != nil {
			to = append(to, d)
		}
	case link.PartLog:
		for d := range s.readers[id] {
			to = append(to, d)
		}
	case link.PartPiece, link.PartState, link.PartDead:
	}
	s.mu.Unlock()
	for _, d := range to {
		d.arrived(id, part, m)
	}
}

// request is the context of one request to the servers.
func (s *Set) request() (context.Context, context.CancelFunc) {
	return context.WithTimeout(s.closing, s.options.Timeout)
}
