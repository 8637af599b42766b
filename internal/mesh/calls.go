//go:build mesh

package mesh

import (
	"context"
	"errors"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/actor"
	"netmeshos/internal/clock"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/driver"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/ownership"
	"netmeshos/internal/mesh/wire"
)

var (
	errLeft = fault.New(fault.AlreadyShutdown, "the SDK has been shut down: start another one")
	// errMoving: another node is about to run the daemon.
	errMoving = errors.New("no node runs the daemon now")
)

// askAgain is how long a call waits that has found no node to run the daemon.
const askAgain = 20 * time.Millisecond

// do has the node that runs the daemon do something, wherever that is, until the context is over.
func (m *Mesh) do(ctx context.Context, c call) (answer, *fault.Error) {
	if !m.Knows(c.ID) {
		return answer{}, errUnknownID(c.ID)
	}
	var asked asked
	for {
		a, err := m.try(ctx, c, &asked)
		switch {
		case err == nil && !a.Elsewhere:
			return a, a.err()
		case m.closing.Err() != nil:
			return answer{}, errLeft
		case err != nil && ctx.Err() == nil && errors.Is(err, link.ErrDoubt) && !asked.mayGoOn(&c):
			return answer{}, fault.New(fault.Timeout, "the node that runs the daemon %#x has not said whether it is done: %w", c.ID, err)
		case err != nil && !retryable(err):
			return answer{}, link.Fault(err, "the daemon can't be asked")
		}
		m.owners.Delete(c.ID)
		if ctx.Err() != nil || !clock.Sleep(ctx, askAgain) {
			if asked.sent {
				return answer{}, fault.New(fault.Timeout, "the node that runs the daemon %#x has not said in time whether it is done", c.ID)
			}
			return answer{}, fault.New(fault.MeshUnavailable, "no node was found in time that runs the daemon %#x: nothing was done", c.ID)
		}
	}
}

func retryable(err error) bool {
	for _, class := range []error{errMoving, link.ErrNobody, link.ErrDown, link.ErrDoubt, context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}

// try asks once.
func (m *Mesh) try(ctx context.Context, c call, asked *asked) (answer, error) {
	if d := m.driverOf(c.ID); d != nil && d.Owns() {
		return m.tryHere(ctx, c, asked)
	}
	owner, err := m.ownerOf(ctx, c.ID)
	if err != nil {
		return answer{}, err
	}
	if owner.Node == m.Node() || asked.isGone(owner) {
		return answer{}, errMoving
	}
	c.Instance = link.Hex(owner.Instance)
	if len(c.body) > m.partBytes() {
		if err := m.sendParcel(ctx, owner, &c); err != nil {
			return answer{}, err
		}
	}
	asking := ctx
	var over atomic.Bool
	if c.isRepeatable() { // the node that was asked may end meanwhile, and another one comes after it
		limited, cancel := context.WithTimeout(ctx, m.request)
		defer m.endWith(owner, func() { over.Store(true); cancel() })()
		asking = limited
	}
	data, err := m.link.Request(asking, m.names.Node(owner.Node, callVerb), c.encode())
	if err != nil {
		asked.sent = asked.sent || errors.Is(err, link.ErrDoubt)
		if over.Load() {
			asked.gone, asked.until = owner, time.Now().Add(clock.Milliseconds(m.config.LeaseMS))
		}
		return answer{}, err
	}
	a, err := decodeAnswer(data)
	if err != nil {
		return answer{}, &link.Error{Class: link.ErrRefused, Detail: "the answer of another node can't be read: " + err.Error()}
	}
	if a.Parcel != 0 {
		err = m.fetchParcel(ctx, owner, &a)
	}
	return a, err
}

// tryHere asks the driver of this node. A callback may hang, so it waits no longer than for another node.
func (m *Mesh) tryHere(ctx context.Context, c call, asked *asked) (answer, error) {
	answered := make(chan answer, 1)
	if c.Verb == verbStop || c.Verb == verbRestart {
		m.serveLife(c, func(a answer) { answered <- a })
	} else {
		m.serveDriver(c, func(a answer) { answered <- a })
	}
	select {
	case a := <-answered:
		return a, nil
	case <-ctx.Done(): // m.closing, too
		asked.sent = true
		return answer{}, ctx.Err()
	}
}

// ownerOf returns the run of a node that has written the daemon's last record.
func (m *Mesh) ownerOf(ctx context.Context, id uint64) (owner ownership.Holder, err error) {
	if owner, known := m.owners.Load(id); known {
		return owner.(ownership.Holder), nil
	}
	owner, _, err = m.set.Load().Owner(ctx, id)
	switch {
	case errors.Is(err, wire.ErrVersion):
		return owner, &link.Error{Class: link.ErrRefused, Detail: err.Error()}
	case errors.Is(err, link.ErrDoubt): // nothing has been asked for yet
		return owner, &link.Error{Class: link.ErrDown, Detail: err.Error()}
	case err != nil:
		return owner, err
	case owner.Node == 0:
		return owner, errMoving
	}
	m.owners.Store(id, owner)
	return owner, nil
}

func (m *Mesh) limited(limit time.Duration) (context.Context, context.CancelFunc) {
	if limit < 0 {
		return context.WithCancel(m.closing)
	}
	return context.WithTimeout(m.closing, limit)
}

// Deliver implements node.Mesh.
func (m *Mesh) Deliver(id uint64, e event.Event, reply func(event.Batch)) *fault.Error {
	if most := link.MaxPayload(m.link.MaxData()); len(e.Payload) > most {
		return fault.New(fault.InvalidArgument, "the payload has %d bytes, and the servers of the mesh take at most %d", len(e.Payload), most)
	}
	if m.set.Load().Stopped(id) {
		return driver.ErrStopped
	}
	ctx, cancel := m.limited(m.request)
	defer cancel()
	a, err := m.do(ctx, call{Verb: verbDeliver, ID: id, After: m.poster.Stored(id), Origin: e.Origin, Sequence: e.Sequence, body: e.Payload})
	if err != nil || len(a.body) == 0 {
		return err
	}
	outputs, bad := wire.ReadEnvelope(a.body, nil)
	if bad != nil {
		return fault.New(fault.Timeout, "the event was processed, but its outputs can't be read: %w", bad)
	}
	reply(outputs.Events)
	return nil
}

// Flush implements node.Mesh.
func (m *Mesh) Flush(id uint64, limit time.Duration) *fault.Error {
	ctx, cancel := m.limited(limit)
	defer cancel()
	var err *fault.Error
	for last := m.lastPosted(ctx, id); err == nil; {
		_, err = m.do(ctx, call{Verb: verbFlush, ID: id, After: last})
		now := m.lastPosted(ctx, id)
		if now == last {
			break
		}
		last = now // what it has posted to itself meanwhile is flushed, too
	}
	if err != nil && err.Kind == fault.MeshUnavailable && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fault.New(fault.Timeout, "daemon %#x is not through with its events after %v: %s", id, limit, err.Message)
	}
	return err
}

// lastPosted returns the sequence of the last message that is stored for a daemon.
func (m *Mesh) lastPosted(ctx context.Context, id uint64) uint64 {
	own := m.poster.Stored(id)
	if last, err := m.link.Last(ctx, m.names.In(id)); err == nil {
		return max(own, last.Sequence)
	}
	return own
}

// Snapshot implements node.Mesh.
func (m *Mesh) Snapshot(id uint64) ([]byte, *fault.Error) {
	ctx, cancel := m.limited(m.request)
	defer cancel()
	a, err := m.do(ctx, call{Verb: verbSnapshot, ID: id, After: m.poster.Stored(id)})
	if err != nil || !a.Some {
		return nil, err
	}
	return append([]byte{}, a.body...), nil
}

// Restore implements node.Mesh.
func (m *Mesh) Restore(id uint64, state []byte) *fault.Error {
	ctx, cancel := m.limited(m.request)
	defer cancel()
	_, err := m.do(ctx, call{Verb: verbRestore, ID: id, After: m.poster.Stored(id), body: state})
	return err
}

// ChangeStopped implements node.Mesh.
func (m *Mesh) ChangeStopped(id uint64, stopped bool, change func() (bool, *fault.Error)) *fault.Error {
	ctx, cancel := m.limited(m.request)
	defer cancel()
	return m.set.Load().ChangeStopped(ctx, id, stopped, change)
}

// StopDaemon implements node.Mesh.
func (m *Mesh) StopDaemon(id, graceMS uint64) *fault.Error {
	grace := actor.DefaultGrace
	if graceMS != 0 {
		grace = clock.Milliseconds(min(graceMS, 1<<31))
	}
	ctx, cancel := m.limited(m.request + grace)
	defer cancel()
	_, err := m.do(ctx, call{Verb: verbStop, ID: id, GraceMS: graceMS})
	m.learnStop(id)
	return err
}

// RestartDaemon implements node.Mesh.
func (m *Mesh) RestartDaemon(id uint64) *fault.Error {
	ctx, cancel := m.limited(m.request)
	defer cancel()
	_, err := m.do(ctx, call{Verb: verbRestart, ID: id})
	m.learnStop(id)
	return err
}

// endStop forgets that a daemon is stopped, if it ends in order and no other node has it registered: who
// registers it again begins anew. If no server can be reached it stays stopped.
func (m *Mesh) endStop(k *member) {
	id := k.daemon.ID()
	m.mu.Lock()
	last := k.standing.Turn && len(k.standing.Standbys) == 0
	m.mu.Unlock()
	if last && m.set.Load().Stopped(id) {
		_ = m.ChangeStopped(id, false, func() (bool, *fault.Error) { return false, nil })
	}
}

// learnStop has this node know at once what a call of it has changed. If no server can be asked, it hears
// later.
func (m *Mesh) learnStop(id uint64) { _ = m.set.Load().ReadStop(id) }

func errUnknownID(id uint64) *fault.Error {
	return fault.New(fault.NotFound, "no daemon of the id %#x is registered, and none has ever been in the mesh", id)
}
