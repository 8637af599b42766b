//go:build mesh

package link

import (
	"context"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/atomic"
)

// Link is the connection of a node to the servers of its mesh. All methods are safe from any goroutine, also one that is
// bound to a host's thread, but for those that say Here: see writer.
type Link struct {
	options Options
	inbox   string
	conn    *nats.Conn
	dialer  *dialer
	writer  *writer
	calls   *calls
	served  *served
	closed  chan struct{} // closed by Close
	ending  sync.Once

	// Of the server that the connection is, or was last, with.
	at         atomic.String
	maxPayload atomic.Int64
	clustered  atomic.Bool

	up       atomic.Bool
	way      atomic.Pointer[hasty] // past the client; nil: there is none
	vanished vanished

	settingsAt atomic.Uint64 // sequence of the settings of the mesh, as this node has read or stored them last
	looksAt    atomic.Bool   // whether they are still there

	mu       sync.Mutex    // guards what follows; held while watchers are called, so that they see changes in order
	stands   chan struct{} // closed while the connection stands
	watchers []func(up bool)

	following struct {
		sync.Mutex // guards set
		set        map[*Following]struct{}
	}
}

// Names are those of the mesh.
func (l *Link) Names() Names { return l.options.Names }

// MaxData is how long a message's data may be: what the server takes, less Reserve.
func (l *Link) MaxData() int { return int(l.maxPayload.Load()) - Reserve }

// Clustered tells whether the server is one of several.
func (l *Link) Clustered() bool { return l.clustered.Load() }

// Up tells whether the connection stands.
func (l *Link) Up() bool { return l.up.Load() }

// Wait returns nil once the connection stands; else ErrDown when ctx is over or the link is closed.
func (l *Link) Wait(ctx context.Context) error {
	for !l.Up() {
		l.mu.Lock()
		stands := l.stands
		l.mu.Unlock()
		select {
		case <-stands:
		case <-ctx.Done():
			return errLost
		case <-l.closed:
			return errClosed
		}
	}
	return nil
}

// OnState calls f with whether the connection stands, at once and with each change, in order and one call at a
// time. f must not block, and not call OnState or Wait.
func (l *Link) OnState(f func(up bool)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watchers = append(l.watchers, f)
	f(l.up.Load())
}

// turn tells all watchers of a change.
func (l *Link) turn(up bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.up.Load() == up {
		return
	}
	select {
	case <-l.closed:
		if up {
			return
		}
	default:
	}
	if up {
		l.up.Store(true)
		close(l.stands)
	} else {
		l.up.Store(false)
		l.stands = make(chan struct{})
	}
	for _, f := range l.watchers {
		f(up)
	}
}

// RTT asks the server for an answer and returns how long it took.
func (l *Link) RTT(ctx context.Context) (time.Duration, error) {
	begin := time.Now()
	if err := l.roundTrip(ctx); err != nil {
		return 0, err
	}
	return time.Since(begin), nil
}

// roundTrip returns when the server has taken everything that was written before. It doesn't wait for the client where
// there is no connection.
func (l *Link) roundTrip(ctx context.Context) error { return l.answers(ctx, l.conn) }

// answers is roundTrip before the link has begun, too.
func (l *Link) answers(ctx context.Context, conn *nats.Conn) error {
	ctx, cancel := l.limit(ctx)
	defer cancel()
	if !l.Up() {
		return errLost
	}
	result := make(chan error, 1)
	// The flush ends with ctx, or when the client has ended its attempt to connect.
	go func() { result <- conn.FlushWithContext(ctx) }()
	select {
	case err := <-result:
		if err == nil {
			return nil
		}
		return &Error{Class: ErrDown, Detail: err.Error()}
	case <-ctx.Done():
		return &Error{Class: ErrDown, Detail: late(ctx)}
	case <-l.closed:
		return errClosed
	}
}

// limit gives a context without a deadline that of a request.
func (l *Link) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, l.options.RequestTimeout)
}

// log writes a line where there is a log.
func (l *Link) log(level, message string) {
	if l.options.Log != nil {
		l.options.Log(level, message)
	}
}

// Close ends the connection. Whoever waits gets ErrDown or, where something was sent, ErrDoubt. What was given to
// Publish and Respond before is sent, as far as the server takes it within a second.
func (l *Link) Close() {
	l.ending.Do(func() {
		if l.Up() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			if l.writer.empty(ctx) == nil {
				_ = l.roundTrip(ctx)
			}
			cancel()
		}
		close(l.closed)
		l.calls.failAll(errClosed)
		l.following.Lock()
		set := l.following.set
		l.following.set = nil
		l.following.Unlock()
		for f := range set {
			f.end()
		}
		gone := make(chan struct{})
		// It writes what is left, so not on the caller's goroutine. Closing doesn't wait for a server.
		go func() { defer close(gone); l.conn.Close() }()
		<-gone
		l.turn(false)
		l.writer.wait()
		l.served.wait()
	})
}

var errLost = &Error{Class: ErrDown, Detail: "the connection to them is lost"}

var errClosed = &Error{Class: ErrDown, Detail: "this node has left the mesh"}
