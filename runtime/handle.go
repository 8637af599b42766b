package meshos

import (
	"context"
	"sync"
	"time"
	"unicode/utf8"

	"netmeshos/internal/actor"
	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
	"netmeshos/internal/view"
)

// Level is the level of a log line, LogRecord a kept line, Peer what is known
// of another node.
type (
	Level     = logs.Level
	LogRecord = logs.Record
	Peer      = view.Peer
)

// The levels.
const (
	LevelTrace = logs.Trace
	LevelDebug = logs.Debug
	LevelInfo  = logs.Info
	LevelWarn  = logs.Warn
	LevelError = logs.Error
)

// Handle is a registered daemon. It outlives its SDK.
type Handle struct {
	sdk   *SDK
	id    uint64
	name  string
	route *control.Route
	queue *control.Queue // the mailbox of a Go program; nil behind a border
	actor *actor.Host
	freed chan struct{} // closed when the handle is released

	saturationSaid float32 // the log spoke of it last; of who holds the host's token

	sending sync.Mutex // held while an event goes to the mailbox and to the daemon

	mu           sync.Mutex // guards what follows
	state        state
	stopping     bool          // StopDaemon is under way
	over         chan struct{} // closed by Done; nil unless the daemon has been told to shut down
	seen         *view.Node    // what Metadata answers from
	capabilities []string
}

type state uint8

const (
	live     state = iota
	leaving        // a graceful shutdown is under way
	consumed       // it is over
	released       // the handle is closed
)

// ID is the daemon's id, the origin hash of its key.
func (h *Handle) ID() uint64 { return h.id }

// Name is the daemon's name.
func (h *Handle) Name() string { return h.name }

// Vitals is what the daemon said of itself at the last tick.
func (h *Handle) Vitals() (Health, float32) {
	v := h.actor.Vitals()
	return v.Health, v.Saturation
}

// DroppedControlEvents is how many control events did not fit into the
// daemon's mailbox.
func (h *Handle) DroppedControlEvents() uint64 { return h.route.Dropped() }

// AfterLast has f called when no callback of the daemon runs or will run,
// before the call that ends the daemon returns.
func (h *Handle) AfterLast(f func()) { h.actor.After(f) }

// usable returns an error if the handle is consumed or released.
func (h *Handle) usable() *Error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state >= consumed {
		return errHandleConsumed
	}
	return nil
}

// TryNextControl takes the oldest control event, if one waits. Only daemons
// registered by Register have their mailbox here.
func (h *Handle) TryNextControl() (Event, bool) { return h.queue.TryNext() }

// NextControl waits for a control event. It returns false when the context is
// done, the SDK has been shut down, or the daemon's shutdown is over.
func (h *Handle) NextControl(ctx context.Context) (Event, bool) { return h.queue.Next(ctx) }

// PublishLog queues a log line of this daemon. It never blocks. Errors:
// invalid_log_level, invalid_argument (not UTF-8), already_shutdown,
// queue_full, loop_closed.
func (h *Handle) PublishLog(level Level, message string) error {
	return asError(h.PublishLogAt(time.Now(), level, []byte(message)))
}

// PublishLogAt is PublishLog for a caller that knows the time. The message is
// copied.
func (h *Handle) PublishLogAt(now time.Time, level Level, message []byte) *Error {
	if !level.Valid() {
		return errLevel(level)
	}
	if !utf8.Valid(message) {
		return errMessageNotUTF8
	}
	if err := h.usable(); err != nil {
		return err
	}
	return h.sdk.queue.Publish(now, level, h.id, message)
}

func errLevel(level Level) *Error {
	return fault.New(fault.InvalidLogLevel, "log level %d is not one of 0 (trace) to 4 (error)", level)
}

var errMessageNotUTF8 = fault.New(fault.InvalidArgument, "the log message is not valid UTF-8")

// Metadata returns the node's state as JSON, as it was at registration or at
// the last RefreshMetadata. The shape is documented at net_meshos_metadata in
// net_meshos.h. Error: already_shutdown.
func (h *Handle) Metadata() ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.metadata()
}

// RefreshMetadata is Metadata of the node's state as it is now.
func (h *Handle) RefreshMetadata() ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen = h.sdk.node.Load()
	return h.metadata()
}

// MetadataStale reports whether RefreshMetadata would give another text than
// Metadata. Error: already_shutdown.
func (h *Handle) MetadataStale() (bool, *Error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state >= consumed {
		return false, errHandleConsumed
	}
	now := h.sdk.node.Load()
	return h.seen != now || now.HasTimes(), nil
}

// metadata is called with mu held.
func (h *Handle) metadata() ([]byte, error) {
	if h.state >= consumed {
		return nil, errHandleConsumed
	}
	m := view.Metadata{Node: h.seen, DaemonID: h.id, DaemonName: h.name}
	return m.JSON(time.Now()), nil
}

func hostsOf(handles []*Handle) []*actor.Host {
	hosts := make([]*actor.Host, len(handles))
	for i, h := range handles {
		hosts[i] = h.actor
	}
	return hosts
}

// asError keeps a nil *Error from becoming a non-nil error.
func asError(err *Error) error {
	if err == nil {
		return nil
	}
	return err
}
