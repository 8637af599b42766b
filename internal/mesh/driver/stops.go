package driver

import (
	"context"
	"errors"
	"sync"

	"github.com/goccy/go-json"

	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/link"
)

// ErrStopped is the answer to events for a daemon that is stopped.
var ErrStopped = fault.New(fault.Stopped, "the daemon has been stopped: restart it first")

// stop is the record that says whether a daemon is stopped, under Names.Stop.
type stop struct {
	Version int  `json:"v"`
	Stopped bool `json:"stopped"`

	sequence uint64 // of this record
}

// stops is which daemons are stopped, wherever they run. The zero value is ready.
type stops struct {
	changing sync.Map // by daemon: a mutex, held while this node changes it

	mu  sync.Mutex // guards what follows
	all map[uint64]stop
}

// see takes note of a record, and reports whether it is a newer one.
func (t *stops) see(id uint64, now stop) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all[id].sequence >= now.sequence {
		return false
	}
	if t.all == nil {
		t.all = map[uint64]stop{}
	}
	t.all[id] = now
	return true
}

// known are the daemons that are stopped.
func (t *stops) known() (ids []uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, is := range t.all {
		if is.Stopped {
			ids = append(ids, id)
		}
	}
	return ids
}

// Stopped reports whether a daemon has been stopped, on whichever node.
func (s *Set) Stopped(id uint64) bool {
	s.stops.mu.Lock()
	defer s.stops.mu.Unlock()
	return s.stops.all[id].Stopped
}

// ChangeStopped stops or restarts a daemon of this node by change, and tells the mesh, so that the daemon stays stopped
// when another node takes it over. Of a restart the mesh is told before. change returns whether the daemon is
// stopped then.
func (s *Set) ChangeStopped(ctx context.Context, id uint64, stopped bool, change func() (bool, *fault.Error)) *fault.Error {
	lock, _ := s.stops.changing.LoadOrStore(id, new(sync.Mutex))
	lock.(*sync.Mutex).Lock()
	defer lock.(*sync.Mutex).Unlock()
	if !stopped {
		if s.Stopped(id) {
			if err := s.tellStopped(ctx, id, false); err != nil {
				return link.Fault(err, "the daemon is still stopped")
			}
		}
		_, err := change()
		return err
	}
	if is, err := change(); err != nil || !is {
		return err
	}
	if d := s.Driver(id); d != nil {
		d.Resumed() // so that it learns why it processes nothing
	}
	if err := s.tellStopped(ctx, id, true); err != nil {
		return link.Fault(err, "the daemon is stopped on this node, but another one that takes it over won't know")
	}
	return nil
}

func (s *Set) tellStopped(ctx context.Context, id uint64, stopped bool) error {
	data, err := json.Marshal(stop{Version: 1, Stopped: stopped})
	if err != nil {
		return err
	}
	how := link.Storing{}
	if !stopped {
		how.TTL = endedFor
	}
	for {
		sequence, err := s.options.Server.Store(ctx, s.options.Names.Stop(id), data, how)
		if err == nil {
			s.stops.see(id, stop{Stopped: stopped, sequence: sequence})
			return nil
		}
		if !errors.Is(err, link.ErrDoubt) && !errors.Is(err, link.ErrDown) || ctx.Err() != nil {
			return err
		}
		if wait := s.options.Server.Wait(ctx); wait != nil {
			return err
		}
	}
}

// seeStop takes a message that may be such a record, and reports whether it is for nobody else.
func (s *Set) seeStop(m link.Message) bool {
	var id uint64
	kind, words, ok := s.options.Names.ParseMeta(m.Subject)
	if !ok || kind != "stop" {
		return false
	}
	if !link.ParseIDs(words, &id) {
		return true
	}
	now := stop{sequence: m.Sequence}
	if m.Marker == "" && len(m.Data) > 0 {
		err := json.Unmarshal(m.Data, &now)
		if err == nil && now.Version != 1 {
			err = otherVersion(now.Version)
		}
		if err != nil {
			s.foreigners.Note(id, m.Subject, m.Sequence, err)
			s.repairStop(m, id)
			return true
		}
	}
	s.seen(id, now)
	return true
}

// seen has a daemon of this node do what a record says.
func (s *Set) seen(id uint64, now stop) {
	if !s.stops.see(id, now) {
		return
	}
	if d := s.Driver(id); d != nil {
		d.daemon.SetStopped(now.Stopped)
		d.Resumed() // or it learns why not
	}
}

// ReadStop asks the leader whether a daemon is stopped.
func (s *Set) ReadStop(id uint64) error {
	ctx, cancel := s.request()
	defer cancel()
	m, err := s.options.Server.Last(ctx, s.options.Names.Stop(id))
	switch {
	case none(err):
		s.stops.mu.Lock()
		was := s.stops.all[id]
		s.stops.mu.Unlock()
		if was.Stopped { // it was forgotten
			s.seen(id, stop{sequence: was.sequence + 1})
		}
		return nil
	case err != nil:
		return err
	}
	s.seeStop(m)
	return nil
}

// readStops reads which daemons are stopped.
func (s *Set) readStops() error {
	ctx, cancel := s.request()
	defer cancel()
	messages, err := s.options.Server.LastOf(ctx, s.options.Names.MetaStream(), s.options.Names.Stops())
	if err != nil && !none(err) {
		return err
	}
	for _, m := range messages {
		s.seeStop(m)
	}
	return nil
}
