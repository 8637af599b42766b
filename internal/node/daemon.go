package node

import (
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"netmeshos/internal/actor"
	"netmeshos/internal/amount"
	"netmeshos/internal/capability"
	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
	"netmeshos/internal/view"
)

// Daemon is a registered daemon as its handle shows it. It outlives its node.
type Daemon struct {
	node  *Node
	actor *actor.Actor
	long  *string // the name; nil: it is short, and the actor's

	mu           sync.Mutex // guards what follows
	seen         *view.Node // what Metadata shows
	capabilities *[]string  // nil: none
}

// parts is a daemon and what it always has, in one piece of memory.
type parts struct {
	daemon  Daemon
	actor   actor.Actor
	channel control.Channel
}

// ID returns the daemon's id, the origin hash of its key.
func (d *Daemon) ID() uint64 { return d.actor.ID() }

// Name returns the daemon's name.
func (d *Daemon) Name() string {
	if d.long != nil {
		return *d.long
	}
	return d.actor.Name()
}

// Actor returns the actor that runs the daemon, for callers to name.
func (d *Daemon) Actor() *actor.Actor { return d.actor }

// DroppedControlEvents returns how many control events did not fit into the mailbox.
func (d *Daemon) DroppedControlEvents() uint64 { return d.actor.DroppedControlEvents() }

// AfterLast has f called when no callback of the daemon runs and none will, before the
// call that ends the daemon returns.
func (d *Daemon) AfterLast(f func()) { d.actor.After(f) }

// usable returns an error if the handle is consumed.
func (d *Daemon) usable() *fault.Error {
	if d.actor.Lifecycle().HandleConsumed() {
		return actor.ErrConsumed
	}
	return nil
}

// PublishLog queues a log line of this daemon. It never blocks. The message is copied.
// Errors: invalid_log_level, invalid_argument (not UTF-8), already_shutdown,
// queue_full, loop_closed.
func (d *Daemon) PublishLog(now time.Time, level logs.Level, message []byte) *fault.Error {
	if !level.Valid() {
		return errLevel(level)
	}
	if most := d.node.config.MaxMessageBytes; uint64(len(message)) > most {
		return fault.New(fault.InvalidArgument, "the log message has %s, but max_message_bytes is %d", amount.Of(len(message), "byte"), most)
	}
	if !utf8.Valid(message) {
		return errMessageNotUTF8
	}
	if err := d.usable(); err != nil {
		return err
	}
	return d.node.queue.Publish(now, level, d.ID(), message)
}

func errLevel(level logs.Level) *fault.Error {
	return fault.New(fault.InvalidLogLevel, "log level %d is not one of 0 (trace) to 4 (error)", level)
}

var errMessageNotUTF8 = fault.New(fault.InvalidArgument, "the log message is not valid UTF-8")

// Metadata returns the node's state as JSON, as of the registration or the last
// RefreshMetadata. Error: already_shutdown.
func (d *Daemon) Metadata() ([]byte, *fault.Error) {
	if err := d.usable(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.metadata(), nil
}

// RefreshMetadata is Metadata, as of now.
func (d *Daemon) RefreshMetadata() ([]byte, *fault.Error) {
	if err := d.usable(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen = d.node.seen.Load()
	return d.metadata(), nil
}

// metadata needs mu held.
func (d *Daemon) metadata() []byte {
	return view.Metadata{Node: d.seen, DaemonID: d.ID(), DaemonName: d.Name()}.JSON(time.Now())
}

// MetadataStale reports whether RefreshMetadata would return a different text from
// Metadata. Error: already_shutdown.
func (d *Daemon) MetadataStale() (bool, *fault.Error) {
	if err := d.usable(); err != nil {
		return false, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.node.seen.Load()
	return d.seen != now || now.HasTimes(), nil
}

// PublishCapabilities publishes what the daemon offers, as tags. They replace those
// published before; no tags withdraw them. Errors: already_shutdown, invalid_argument (a
// tag is not UTF-8).
func (d *Daemon) PublishCapabilities(tags []string) *fault.Error {
	for i, tag := range tags {
		if !utf8.ValidString(tag) {
			return fault.New(fault.InvalidArgument, "capability tag %d is not valid UTF-8", i)
		}
	}
	return d.setCapabilities(slices.Clone(tags))
}

// PublishCapabilitiesJSON is PublishCapabilities for a JSON array of strings. An empty
// text withdraws the tags. Errors: already_shutdown, which is checked first, and
// invalid_argument.
func (d *Daemon) PublishCapabilitiesJSON(text []byte) *fault.Error {
	if err := d.usable(); err != nil {
		return err
	}
	if len(text) == 0 {
		return d.setCapabilities(nil)
	}
	tags, err := capability.Parse(text)
	if err != nil {
		return err
	}
	return d.setCapabilities(tags)
}

func (d *Daemon) setCapabilities(tags []string) *fault.Error {
	if err := d.usable(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.capabilities == nil {
		d.capabilities = new([]string)
	}
	*d.capabilities = tags
	return nil
}

// Capabilities returns the tags published last.
func (d *Daemon) Capabilities() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.capabilities == nil {
		return nil
	}
	return slices.Clone(*d.capabilities)
}

// GracefulShutdown sends the daemon SHUTDOWN with the grace time in milliseconds, where 0
// means actor.DefaultGrace. It waits until the grace time is over or the daemon has called
// Done. Until then the handle works as usual, but the daemon accepts no events. Then the
// handle is consumed, and no callback runs and none will. From inside a callback of the
// daemon it doesn't wait.
//
// Errors: already_shutdown (also while another graceful shutdown of the daemon is under
// way), shutdown_failed (a callback is still running; the handle is consumed anyway, and
// Close waits for the callback).
func (d *Daemon) GracefulShutdown(graceMS uint64, caller actor.Caller) *fault.Error {
	grace, err := d.actor.BeginShutdown(graceMS)
	if err != nil {
		return err
	}
	return d.shutDown(grace, caller, d.finishShutdown)
}

// shutDown tells the daemon to shut down and calls finish, which waits out the grace time.
// From inside a callback of the daemon it doesn't wait for that.
func (d *Daemon) shutDown(grace actor.Grace, caller actor.Caller, finish func(actor.Grace, actor.Caller) *fault.Error) *fault.Error {
	d.actor.Send(control.Event{Kind: control.Shutdown, GraceMS: grace.MS})
	if d.actor.IsInside(caller) {
		go func() { _ = finish(grace, nil) }() // ends with the grace time, or when the handle is freed
		return nil
	}
	return finish(grace, caller)
}

// finishShutdown waits out the grace time and consumes the handle, unless it is freed
// before.
func (d *Daemon) finishShutdown(grace actor.Grace, caller actor.Caller) *fault.Error {
	if grace.Wait() {
		d.leaveMeshWithin(grace.CallbackLimit())
		d.unregisterFirst()
		d.actor.FinishShutdown()
		d.refuseMesh()
	}
	switch {
	case d.actor.Await(grace.CallbackLimit(), caller):
		return nil
	case d.actor.WaitsFor(caller):
		return fault.New(fault.ShutdownFailed,
			"a callback of daemon %q waits for the callback that makes this call: the handle is consumed, and the daemon ends when both have returned",
			d.actor.Name())
	}
	return fault.New(fault.ShutdownFailed,
		"a callback of daemon %q still runs after the grace time of %d ms: the handle is consumed, and freeing it will wait for the callback",
		d.actor.Name(), grace.MS)
}

// Done says that the daemon has finished its work after SHUTDOWN. The GracefulShutdown or
// StopDaemon that waits for it ends early. Errors: already_shutdown, invalid_state
// (SHUTDOWN has not been sent).
func (d *Daemon) Done() *fault.Error { return d.actor.EndGrace() }

// Close ends the daemon without sending SHUTDOWN, discards its events, and returns when no
// callback runs and none will, however long that takes. It doesn't wait for a callback
// that the caller runs inside, nor for a daemon that waits for such a callback. It ends
// the grace time of a graceful shutdown that is under way. Close may be called more than
// once. after, if not nil, is called when no callback runs and none will.
func (d *Daemon) Close(caller actor.Caller, after func()) {
	if d.node.mesh != nil && d.actor.Enter(caller) == nil {
		d.leaveMeshWithin(ShutdownGrace)
		d.actor.Leave(caller)
	}
	d.Release(after)
	d.actor.Await(-1, caller)
}

// Release is Close without waiting.
func (d *Daemon) Release(after func()) {
	d.unregisterFirst()
	if after == nil {
		d.actor.Release()
	} else {
		d.actor.Release(after)
	}
	d.refuseMesh()
	if d.node.mesh != nil {
		go d.leaveMesh() // ends with the callback that runs, if one does, and a server's answer
	}
}

// unregisterFirst frees the daemon's id when its last callback has returned, before the
// functions of AfterLast: who sees one of them called may register the id.
func (d *Daemon) unregisterFirst() { d.actor.Before(func() { d.node.unregister(d) }) }
