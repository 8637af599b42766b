package meshos

import (
	"context"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/control"
	"netmeshos/internal/node"
)

// Handle is a registered daemon. It outlives its SDK.
type Handle struct {
	daemon  *node.Daemon
	mailbox *control.Queue
	caller  actor.Caller
}

// ID returns the daemon's id, the origin hash of its key.
func (h *Handle) ID() uint64 { return h.daemon.ID() }

// Name returns the daemon's name.
func (h *Handle) Name() string { return h.daemon.Name() }

// Vitals returns the health and the saturation that the daemon reported at the last tick.
func (h *Handle) Vitals() (Health, float32) {
	v := h.daemon.Vitals()
	return v.Health, v.Saturation
}

// DroppedControlEvents returns how many control events did not fit into the daemon's
// mailbox.
func (h *Handle) DroppedControlEvents() uint64 { return h.daemon.DroppedControlEvents() }

// AfterLast has f called when no method of the daemon runs and none will, before the call
// that ends the daemon returns.
func (h *Handle) AfterLast(f func()) { h.daemon.AfterLast(f) }

// TryNextControl receives the oldest control event, if there is one.
func (h *Handle) TryNextControl() (Event, bool) { return h.mailbox.TryNext() }

// NextControl waits for a control event and receives it. It returns false when the context
// is done, the SDK has been shut down, or the daemon's shutdown is over.
func (h *Handle) NextControl(ctx context.Context) (Event, bool) { return h.mailbox.Next(ctx) }

// PublishLog queues a log line of this daemon. It never blocks. Errors: invalid_log_level,
// invalid_argument (not UTF-8), already_shutdown, queue_full, loop_closed.
func (h *Handle) PublishLog(level Level, message string) error {
	return asError(h.daemon.PublishLog(time.Now(), level, []byte(message)))
}

// Metadata returns the node's state as JSON, as of the registration or the last
// RefreshMetadata. net_meshos_metadata in net_meshos.h documents the shape. Error:
// already_shutdown.
func (h *Handle) Metadata() ([]byte, error) {
	text, err := h.daemon.Metadata()
	return text, asError(err)
}

// RefreshMetadata is Metadata, as of now.
func (h *Handle) RefreshMetadata() ([]byte, error) {
	text, err := h.daemon.RefreshMetadata()
	return text, asError(err)
}

// PublishCapabilities publishes what the daemon offers, as tags. They replace those
// published before; no tags withdraw them. Errors: already_shutdown, invalid_argument (a
// tag is not UTF-8).
func (h *Handle) PublishCapabilities(tags []string) error {
	return asError(h.daemon.PublishCapabilities(tags))
}

// PublishCapabilitiesJSON is PublishCapabilities for a JSON array of strings, read as
// strictly as RFC 8259. An empty text withdraws the tags. Errors: already_shutdown, which is
// checked first, and invalid_argument.
func (h *Handle) PublishCapabilitiesJSON(text []byte) error {
	return asError(h.daemon.PublishCapabilitiesJSON(text))
}

// Capabilities returns the tags published last.
func (h *Handle) Capabilities() []string { return h.daemon.Capabilities() }

// GracefulShutdown sends the daemon Shutdown with the grace time in milliseconds, where 0
// means ShutdownGrace. It waits until the grace time is over or the daemon has called Done.
// Until then the handle works as usual, but the daemon accepts no events. Then the handle is
// consumed, and no method of the daemon runs and none will. From inside a method of the
// daemon it doesn't wait: the grace time passes in the background.
//
// Errors: already_shutdown (also while another graceful shutdown of the daemon is under way),
// shutdown_failed (a method is still running; the handle is consumed anyway, and Close waits
// for the method).
func (h *Handle) GracefulShutdown(graceMS uint64) error {
	return asError(h.daemon.GracefulShutdown(graceMS, h.caller))
}

// BeginGracefulShutdown is GracefulShutdown without waiting.
func (h *Handle) BeginGracefulShutdown(graceMS uint64) error {
	return h.Inside(h).GracefulShutdown(graceMS)
}

// Done says that the daemon has finished its work after Shutdown. The GracefulShutdown or
// StopDaemon that waits for it ends early. Errors: already_shutdown, invalid_state (Shutdown
// has not been sent).
func (h *Handle) Done() error { return asError(h.daemon.Done()) }

// Close ends the daemon without sending Shutdown, discards its events, and returns when none
// of its methods runs or will run, however long that takes. It doesn't wait for a method that
// the caller runs inside, nor for a daemon that waits for such a method. A graceful shutdown
// that is under way returns at once. Close may be called more than once.
func (h *Handle) Close() { h.daemon.Close(h.caller, nil) }

// Release is Close without waiting.
func (h *Handle) Release() { h.daemon.Release(nil) }
