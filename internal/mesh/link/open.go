//go:build mesh

package link

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"netmeshos/internal/fault"
)

// Open connects, asks whether the servers are good enough (2.15.0, JetStream), and makes the streams, or checks
// those that are there. It ends within StartTimeout. The kinds of its errors are mesh_unavailable (which URL, and
// why), config_invalid (a stream or a setting is another's; the message names what differs), and
// invalid_argument (a file that can't be read, an URL that is none; the message names the key).
func Open(ctx context.Context, o Options) (*Link, *fault.Error) {
	o = o.complete()
	if !ValidName(o.Names.Name) {
		return nil, fault.New(fault.InvalidArgument, "mesh.name: %q is not 1 to 64 of A-Z, a-z, 0-9, _ and -", o.Names.Name)
	}
	if len(o.Servers) == 0 {
		return nil, fault.New(fault.InvalidArgument, "mesh.servers is empty")
	}
	ctx, cancel := context.WithTimeout(ctx, o.StartTimeout)
	defer cancel()
	l := &Link{options: o, inbox: o.Inbox, closed: make(chan struct{}), stands: make(chan struct{})}
	l.following.set = map[*Following]struct{}{}
	l.calls = newCalls(l)
	failed := make(chan *fault.Error, 1)
	// Ends with ctx. The client writes while it connects: see writer.
	go func() { failed <- l.connect(ctx) }()
	if f := <-failed; f != nil {
		return nil, f
	}
	f := l.prepare(ctx)
	if f != nil {
		l.Close()
		return nil, f
	}
	return l, nil
}

// complete puts the defaults in.
func (o Options) complete() Options {
	o.Replicas = max(o.Replicas, 1)
	o.Names.Streams = max(o.Names.Streams, 1)
	if o.Lease == 0 {
		o.Lease = 5 * time.Second
	}
	if o.StartTimeout == 0 {
		o.StartTimeout = 5 * time.Second
	}
	if o.RequestTimeout == 0 {
		o.RequestTimeout = 5 * time.Second
	}
	if o.Inbox == "" {
		o.Inbox = "_INBOX." + rand.Text()
	}
	return o
}

// connect tries all servers until one takes the connection, or until it is of no use.
func (l *Link) connect(ctx context.Context) *fault.Error {
	options, f := dialing(l.options)
	if f != nil {
		return f
	}
	for said := ""; ; {
		limit, _ := ctx.Deadline()
		left := time.Until(limit)
		each := max(left/time.Duration(len(l.options.Servers)+1), 10*time.Millisecond)
		l.dialer = newDialer(each, l.options.Lease)
		all := append(append(options[:len(options):len(options)], l.lasting()...), nats.Timeout(each), nats.SetCustomDialer(l.dialer))
		conn, err := nats.Connect(strings.Join(l.options.Servers, ","), all...)
		if err == nil {
			return l.begin(ctx, conn)
		}
		words, passing := l.diagnose(ctx, options, err)
		if ctx.Err() != nil && said != "" {
			words = said // this time nobody had the time to answer
		}
		said = words
		select {
		case <-ctx.Done():
			passing = false
		case <-time.After(pause(3, l.options.Lease)):
		}
		if !passing {
			return fault.New(fault.MeshUnavailable, "no server of the mesh takes the connection: %s", words)
		}
	}
}

// diagnose asks each server why it doesn't take a connection: with several the client only tells of one.
func (l *Link) diagnose(ctx context.Context, options []nats.Option, err error) (words string, passing bool) {
	var list []string
	for i, server := range l.options.Servers {
		limit, _ := ctx.Deadline()
		left := max(time.Until(limit)/time.Duration(len(l.options.Servers)-i+1), 10*time.Millisecond)
		if len(l.options.Servers) > 1 {
			var conn *nats.Conn
			conn, err = nats.Connect(server, append(options[:len(options):len(options)], nats.NoReconnect(), nats.Timeout(left))...)
			if err == nil {
				conn.Close()
				return "", true // it does now
			}
		}
		if errors.Is(err, nats.ErrNoServers) {
			err = dial(ctx, server, left)
		}
		reason, may := why(err)
		passing = passing || may
		list = append(list, shown(server)+": "+reason)
	}
	return strings.Join(list, "; "), passing
}

// dial finds out what the client does not tell: why there is no connection. ErrNoServers: there is one now.
func dial(ctx context.Context, server string, limit time.Duration) error {
	u, err := url.Parse(server)
	if err != nil {
		return err
	}
	address := u.Host
	if u.Port() == "" {
		address = net.JoinHostPort(u.Hostname(), strconv.Itoa(nats.DefaultPort))
	}
	dialer := net.Dialer{Timeout: limit}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	_ = conn.Close() // nothing was sent
	return nats.ErrNoServers
}

// begin takes a connection that stands.
func (l *Link) begin(ctx context.Context, conn *nats.Conn) *fault.Error {
	at := l.meet(conn)
	l.conn = conn
	l.writer = newWriter(conn, l.closed)
	l.served = newServed(l)
	if err := l.writer.run(ctx, l.calls.subscribe); err != nil {
		l.Close()
		return fault.New(fault.MeshUnavailable, "%s: %w", at, err)
	}
	if f := l.refuse(conn, at); f != nil {
		return f
	}
	l.turn(conn.IsConnected())
	// Without it every answer would be missed, and nobody would know why. If there is no answer to this, prepare says so.
	if err := l.roundTrip(ctx); err == nil {
		if err := l.denied(l.calls.prefix + "*"); err != nil {
			f := l.unusable("this user may not hear what is answered to this node (are the credentials another node's, or another mesh's?)", err)
			l.Close()
			return f
		}
		if f := l.refuse(conn, at); f != nil {
			return f
		}
		l.open(conn)
	}
	return nil
}

// refuse closes the link if the server can't be used.
func (l *Link) refuse(conn *nats.Conn, at string) *fault.Error {
	why := l.learn(conn)
	if why == "" {
		return nil
	}
	l.Close()
	return fault.New(fault.MeshUnavailable, "%s: %s", at, why)
}

// denied is the error of a subscription that the server doesn't allow. It knows when a round trip is done.
func (l *Link) denied(subject string) error {
	err := l.conn.LastError() // a later error hides it, and the log has it then
	if errors.Is(err, nats.ErrPermissionViolation) && strings.Contains(err.Error(), "Subscription to \""+subject+"\"") {
		return &Error{Class: ErrRefused, Detail: err.Error()}
	}
	return nil
}

// prepare asks for JetStream and sees to streams and settings.
func (l *Link) prepare(ctx context.Context) *fault.Error {
	err := l.repeat(ctx, func(ctx context.Context) error {
		err := l.apiOnce(ctx, "INFO", nil, nil)
		// It passes where a server ends, and not where one has just taken a connection.
		var e *Error
		if errors.As(err, &e) && e.Code == codeNoAccount {
			return &Error{Class: ErrRefused, Code: e.Code, Detail: e.Detail}
		}
		return err
	})
	switch {
	case codeOf(err) == codeNoAccount:
		return l.unusable("JetStream, which keeps what the mesh stores, is not there for the account of this user", err)
	case errors.Is(err, ErrDown) && ctx.Err() != nil:
		return l.unusable(fmt.Sprintf("mesh.start_timeout_ms, %d, was over before it could be asked for anything", l.options.StartTimeout.Milliseconds()), err)
	case errors.Is(err, ErrDown):
		return l.unusable("the connection to it was lost at once", err)
	case errors.Is(err, ErrNobody):
		return l.unusable("it has no JetStream, which keeps what the mesh stores (nats-server -js, or jetstream {} in its configuration)", err)
	case errors.Is(err, ErrDoubt):
		return l.unusable("JetStream, which keeps what the mesh stores, does not answer within mesh.start_timeout_ms: perhaps too few of its servers run", err)
	case err != nil:
		return l.unusable("JetStream, which keeps what the mesh stores, is not for this user", err)
	}
	if f := l.makeStream(ctx, l.metaStream()); f != nil {
		return f
	}
	fresh, f := l.agree(ctx)
	if f != nil {
		return f
	}
	if f := l.makeStream(ctx, l.auditStream()); f != nil {
		return f
	}
	return l.makeEvents(ctx, fresh)
}

// unusable is the error of a server that answers, but can't be used.
func (l *Link) unusable(why string, err error) *fault.Error {
	return fault.New(fault.MeshUnavailable, "%s: %s: %w", l.at.Load(), why, err)
}
