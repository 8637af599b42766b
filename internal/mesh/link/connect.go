//go:build mesh

package link

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"netmeshos/internal/fault"
)

// dialing makes the client's options that all connections share, or says which of ours can't be used.
func dialing(o Options) ([]nats.Option, *fault.Error) {
	for _, server := range o.Servers {
		u, err := url.Parse(server)
		if err != nil || u.Host == "" || (u.Scheme != "nats" && u.Scheme != "tls") {
			return nil, fault.New(fault.InvalidArgument, "mesh.servers: %q is no URL such as nats://127.0.0.1:4222", shown(server))
		}
		if number, err := strconv.ParseUint(u.Port(), 10, 16); u.Port() != "" && (err != nil || number == 0) {
			return nil, fault.New(fault.InvalidArgument, "mesh.servers: the port of %q is not one from 1 to 65535", shown(server))
		}
	}
	options := []nats.Option{nats.Name(o.Label), nats.CustomInboxPrefix(o.Inbox)}
	if o.Credentials != "" {
		text, err := os.ReadFile(o.Credentials)
		if err != nil {
			return nil, fault.New(fault.InvalidArgument, "mesh.credentials: %w", err)
		}
		if _, err := nkeys.ParseDecoratedUserNKey(text); err != nil {
			return nil, fault.New(fault.InvalidArgument, "mesh.credentials: %s is no file of credentials, with the JWT and the seed of a user: %w", o.Credentials, err)
		}
		options = append(options, nats.UserCredentials(o.Credentials))
	}
	if o.TLSCA == "" && o.TLSCert == "" && o.TLSKey == "" {
		return options, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.TLSCA != "" {
		text, err := os.ReadFile(o.TLSCA)
		if err != nil {
			return nil, fault.New(fault.InvalidArgument, "mesh.tls_ca: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, fault.New(fault.InvalidArgument, "mesh.tls_ca: %s has no certificate in PEM", o.TLSCA)
		}
	}
	if o.TLSCert != "" || o.TLSKey != "" {
		for key, path := range map[string]string{"mesh.tls_cert": o.TLSCert, "mesh.tls_key": o.TLSKey} {
			if f := readable(key, path); f != nil {
				return nil, f
			}
		}
		pair, err := tls.LoadX509KeyPair(o.TLSCert, o.TLSKey)
		if err != nil {
			return nil, fault.New(fault.InvalidArgument, "mesh.tls_cert, mesh.tls_key: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return append(options, nats.Secure(config)), nil
}

func readable(key, path string) *fault.Error {
	if path == "" {
		return fault.New(fault.InvalidArgument, "%s is missing: mesh.tls_cert and mesh.tls_key go together", key)
	}
	if _, err := os.ReadFile(path); err != nil {
		return fault.New(fault.InvalidArgument, "%s: %w", key, err)
	}
	return nil
}

// lasting makes the options of a connection that comes back by itself for as long as it takes.
func (l *Link) lasting() []nats.Option {
	o := l.options
	return []nats.Option{
		// Otherwise a publish that was answered with an error is stored later.
		nats.ReconnectBufSize(-1),
		// What is published is written at once, by the writer. The client would wake a goroutine for it.
		nats.WriteBufferSize(1),
		nats.FlusherTimeout(0), // see dialer
		nats.MaxReconnects(-1),
		nats.IgnoreAuthErrorAbort(),
		nats.CustomReconnectDelay(func(attempts int) time.Duration { return pause(attempts, o.Lease) }),
		// Half-open connections are found within half a lease.
		nats.PingInterval(max(o.Lease/6, 50*time.Millisecond)),
		nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { l.lost(err) }),
		nats.ReconnectHandler(func(conn *nats.Conn) { l.regained(conn) }),
		nats.ClosedHandler(func(conn *nats.Conn) { l.ended(conn.LastError()) }),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) { l.wrong(sub, err) }),
	}
}

// pause is how long to wait before all servers are tried again: longer each time, up to a third of the lease or 2 s,
// and never the same for two nodes.
func pause(attempts int, lease time.Duration) time.Duration {
	longest := max(min(2*time.Second, lease/3), 50*time.Millisecond)
	wait := min(longest, 20*time.Millisecond<<min(attempts, 10))
	return wait/2 + rand.N(wait/2+1)
}

// lost and regained run on the client's goroutine for events, one after the other.
func (l *Link) lost(err error) {
	why := "the connection to them was lost"
	if err != nil {
		why += ": " + err.Error()
	}
	l.way.Store(nil)
	l.turn(false)
	l.calls.failSent(why)
	select {
	case <-l.closed:
	default:
		l.log("warn", "The connection to the servers of the mesh is lost, and tried again until it stands")
	}
}

// meet notes what is asked of the server by those who may not wait, as one who asks the client does while it connects.
func (l *Link) meet(conn *nats.Conn) (at string) {
	l.dialer.stands()
	at = shown(conn.ConnectedUrl())
	l.at.Store(at)
	l.clustered.Store(conn.ConnectedClusterName() != "")
	return at
}

func (l *Link) regained(conn *nats.Conn) {
	at := l.meet(conn)
	l.maxPayload.Store(min(l.maxPayload.Load(), conn.MaxPayload())) // of this user it may be less than the server's own
	l.turn(true)
	l.log("info", "The connection to the servers of the mesh stands again, with "+at)
	go l.acquaint(conn, at) // ends with an answer of the server, or with the connection or the link
	l.gaps()
}

// acquaint asks the server for an answer, to know all that it says of itself.
func (l *Link) acquaint(conn *nats.Conn, at string) {
	for l.answers(context.Background(), conn) != nil {
		select {
		case <-l.closed:
			return
		case <-time.After(pause(3, l.options.Lease)):
		}
		if !l.Up() {
			return // the next connection begins anew
		}
	}
	if why := l.learn(conn); why != "" {
		l.log("error", fmt.Sprintf("%s: %s", at, why))
	}
	l.open(conn)
}

// learn notes what the server takes, and says in words that it can't be used; "": it can.
func (l *Link) learn(conn *nats.Conn) string {
	l.maxPayload.Store(conn.MaxPayload())
	return unfit(conn.ConnectedServerVersion(), conn.MaxPayload())
}

// ended is told that the client gives up, which it does for errors of a server that it doesn't know.
func (l *Link) ended(err error) {
	select {
	case <-l.closed:
	default:
		l.log("error", fmt.Sprintf("The connection to the servers of the mesh has ended and is not tried again (%v): start the node anew", err))
	}
}

// wrong takes what the server or the client says about a subscription or a publish later.
func (l *Link) wrong(sub *nats.Subscription, err error) {
	switch {
	case errors.Is(err, nats.ErrSlowConsumer):
		l.suspect(sub)
	case errors.Is(err, nats.ErrPermissionViolation):
		l.log("error", "The servers of the mesh refuse this node something: "+err.Error())
		if _, subject, ok := strings.Cut(err.Error(), "Publish to \""); ok {
			subject, _, _ = strings.Cut(subject, "\"")
			l.calls.refuse(subject, err.Error())
		}
	default:
		l.log("warn", "The servers of the mesh: "+err.Error())
	}
}

// why says in words why a server can't be reached, and whether trying again soon is of use.
func why(err error) (words string, passing bool) {
	var invalid x509.CertificateInvalidError
	var host x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var plain tls.RecordHeaderError
	var alert tls.AlertError
	var lookup *net.DNSError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired, or is not valid yet: " + invalid.Error(), false
	case errors.As(err, &invalid):
		return "its certificate is not valid: " + invalid.Error(), false
	case errors.As(err, &host):
		return "its certificate is for another host: " + host.Error(), false
	case errors.As(err, &unknown):
		return "its certificate is signed by an authority that mesh.tls_ca does not have (without it, by one that this system does not know)", false
	case errors.Is(err, nats.ErrSecureConnWanted):
		return "it does not use TLS, which the URL or mesh.tls_… ask for", false
	case errors.As(err, &plain):
		return "it does not speak TLS", false
	case errors.As(err, &alert), strings.Contains(err.Error(), "remote error: tls"):
		return "it refuses the TLS connection, perhaps for the lack of mesh.tls_cert: " + err.Error(), false
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked),
		errors.Is(err, nats.ErrNkeysNotSupported), errors.Is(err, nats.ErrAccountAuthExpired),
		strings.Contains(strings.ToLower(err.Error()), "authorization violation"):
		return "it refuses the user, token or credentials", false
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused: no server listens there", true
	case errors.Is(err, nats.ErrTimeout), os.IsTimeout(err), errors.Is(err, context.DeadlineExceeded):
		return "no answer", true
	case errors.As(err, &lookup):
		return "its name is not found: " + lookup.Error(), true
	case errors.Is(err, nats.ErrNoServers):
		return "it ends the connection", true
	}
	return err.Error(), !strings.Contains(err.Error(), "no such host")
}

// shown is an URL without the user, password or token in it.
func shown(server string) string {
	before, after, ok := strings.Cut(server, "://")
	if !ok {
		before, after = "", server
	} else {
		before += "://"
	}
	if i := strings.LastIndexByte(after, '@'); i >= 0 {
		after = after[i+1:]
	}
	return before + after
}

// unfit says in words that a server can't be used; "": it can.
func unfit(version string, maxPayload int64) string {
	if why := tooOld(version); why != "" {
		return why
	}
	if maxPayload < LeastMessage {
		return fmt.Sprintf("its max_payload is %d bytes, and the mesh needs %d or more (1048576 is the default of NATS)", maxPayload, LeastMessage)
	}
	return ""
}

// tooOld says in words that a server can't be used; "": it can.
func tooOld(version string) string {
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d.", &major, &minor); err == nil && (major > 2 || (major == 2 && minor >= 15)) {
		return ""
	}
	return fmt.Sprintf("it is version %s of the server, and the mesh needs 2.15.0 or newer: older ones sync batches ten times slower", version)
}
