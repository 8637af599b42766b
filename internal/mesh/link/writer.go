//go:build mesh

package link

import (
	"context"

	"github.com/nats-io/nats.go"
	"go.uber.org/atomic"
)

// writer is the only place from which this package makes the client write: each publish, subscription and its end is a job that
// the writer's goroutine runs, in the order in which they were given. The client writes to the socket from
// whoever fills its buffer; a host's thread must not, because a signal for a closed socket goes to the thread that
// writes, and only the library's own threads block it. (A goroutine that a host's call runs on is bound to the
// host's thread. Goroutines that were started with go never run on such a thread.) Other things that make it write:
// Link.roundTrip and Link.Close, each on a goroutine of its own; what is stored with Here, and Request.RespondHere, on
// goroutines that are no host's; and the client's own goroutines. What Link.put writes goes past the client, and comes after all
// that was given before.
//
// It also is what makes ErrDown certain: a job that waits for its turn when its time is over was never sent.
type writer struct {
	jobs   chan func(*nats.Conn)
	given  atomic.Int64 // jobs that haven't run
	closed <-chan struct{}
	ended  chan struct{}
}

// newWriter starts the goroutine, which ends when closed is closed.
func newWriter(conn *nats.Conn, closed <-chan struct{}) *writer {
	w := &writer{jobs: make(chan func(*nats.Conn), 256), closed: closed, ended: make(chan struct{})}
	go func() {
		defer close(w.ended)
		for {
			select {
			case job := <-w.jobs:
				job(conn)
				w.given.Dec()
			case <-closed:
				return
			}
		}
	}()
	return w
}

// do gives the writer a job. An error: it will never run.
func (w *writer) do(ctx context.Context, job func(*nats.Conn)) error {
	select {
	case <-w.closed:
		return errClosed
	default:
	}
	w.given.Inc()
	select {
	case w.jobs <- job: // mostly, and without what it costs to wait for a context
		return nil
	default:
	}
	select {
	case w.jobs <- job:
		return nil
	case <-w.closed:
		return errClosed
	case <-ctx.Done():
		w.given.Dec()
		return errBusy
	}
}

// isIdle reports whether all that was given has run. What is written then comes after it.
func (w *writer) isIdle() bool { return w.given.Load() == 0 }

// run runs a job and returns its error. One that waits for its turn when ctx is over never runs.
func (w *writer) run(ctx context.Context, job func(*nats.Conn) error) error {
	result := make(chan error, 1)
	var taken atomic.Bool // by the writer, or by who gives it up
	err := w.do(ctx, func(conn *nats.Conn) {
		if taken.CompareAndSwap(false, true) {
			result <- job(conn)
		}
	})
	if err != nil {
		return err
	}
	over := ctx.Done()
	for {
		select {
		case err := <-result:
			return err
		case <-over:
			if taken.CompareAndSwap(false, true) {
				return errBusy
			}
			over = nil // it runs
		case <-w.ended:
			return errClosed
		}
	}
}

var errBusy = &Error{Class: ErrDown, Detail: "they don't take what is sent"}

// empty waits until everything that was given before has run.
func (w *writer) empty(ctx context.Context) error {
	done := make(chan struct{})
	if err := w.do(ctx, func(*nats.Conn) { close(done) }); err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-w.ended:
		return errClosed
	}
}

func (w *writer) wait() { <-w.ended }
