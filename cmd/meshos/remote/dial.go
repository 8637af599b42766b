// Package remote is a mesh as its operators see it from outside: what is stored on its servers, what its nodes answer,
// and the orders that they take. It stores nothing that a node doesn't expect, and makes no stream.
package remote

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/atomic"

	"netmeshos/internal/config"
	"netmeshos/internal/mesh/link"
)

// Options say which mesh, and how it is reached.
type Options struct {
	Server      string // URLs, separated by commas
	Mesh        string
	Credentials string // file; may be empty
	TLSCA       string
	TLSCert     string
	TLSKey      string
	Timeout     time.Duration // of each question
}

// Kinds of errors, besides those that have none.
var (
	// ErrUnreachable: no server, or no mesh of that name on it.
	ErrUnreachable = errors.New("the mesh can't be reached")
	// ErrMisuse: what was given can't mean anything.
	ErrMisuse = errors.New("wrong")
	// ErrNotFound: no such node or daemon.
	ErrNotFound = errors.New("not found")
)

// A Mesh is a connection to the servers of one.
type Mesh struct {
	Names link.Names

	options    Options
	conn       *nats.Conn
	js         nats.JetStreamContext
	waitingMax int64                  // bytes that may wait for a daemon
	forbidden  atomic.Pointer[string] // what the servers have refused to let it do last
}

// Dial connects and reads how the mesh is cut.
func Dial(o Options) (*Mesh, error) {
	if !link.ValidName(o.Mesh) {
		return nil, fmt.Errorf("--mesh: %w: %q is not 1 to 64 of A-Z, a-z, 0-9, _ and -", ErrMisuse, o.Mesh)
	}
	if err := checkServers(o.Server); err != nil {
		return nil, err
	}
	m := &Mesh{Names: link.Names{Name: o.Mesh, Streams: 1}, options: o}
	options := []nats.Option{nats.ErrorHandler(m.noteForbidden), nats.Name("meshos"), nats.Timeout(o.Timeout), nats.NoReconnect()}
	if o.Credentials != "" {
		options = append(options, nats.UserCredentials(o.Credentials), nats.CustomInboxPrefix(OperatorInbox(o.Mesh)))
	}
	if o.TLSCA != "" {
		options = append(options, nats.RootCAs(o.TLSCA))
	}
	if o.TLSCert != "" {
		options = append(options, nats.ClientCert(o.TLSCert, o.TLSKey))
	}
	conn, err := nats.Connect(o.Server, options...)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnreachable, o.Server, err)
	}
	m.conn = conn
	if m.js, err = conn.JetStream(nats.MaxWait(o.Timeout)); err == nil {
		err = m.readSettings()
	}
	if err != nil {
		conn.Close()
		if words := m.forbidden.Load(); words != nil {
			err = fmt.Errorf("%w: %s", err, *words)
		}
		return nil, err
	}
	return m, nil
}

// checkServers refuses what can be no servers.
func checkServers(given string) error {
	for _, server := range strings.Split(given, ",") {
		text := strings.TrimSpace(server)
		bare := !strings.Contains(text, "://")
		if bare {
			text = "nats://" + text
		}
		u, err := url.Parse(text)
		if err != nil || u.Hostname() == "" || u.Scheme != "nats" && u.Scheme != "tls" || bare && u.Port() == "" {
			return fmt.Errorf("--server: %w: one of its URLs is none such as nats://127.0.0.1:4222", ErrMisuse)
		}
		if port, err := strconv.ParseUint(u.Port(), 10, 16); u.Port() != "" && (err != nil || port == 0) {
			return fmt.Errorf("--server: %w: %q is no port", ErrMisuse, u.Port())
		}
	}
	return nil
}

// OperatorInbox is the prefix of the subjects on which operators get answers.
func OperatorInbox(mesh string) string { return "_INBOX.meshos." + mesh + ".operator" }

// Close ends the connection.
func (m *Mesh) Close() { m.conn.Close() }

// readSettings reads what the first node of the mesh has decided.
func (m *Mesh) readSettings() error {
	stored, err := m.js.GetLastMsg(m.Names.MetaStream(), m.Names.Settings())
	switch {
	case errors.Is(err, nats.ErrStreamNotFound), errors.Is(err, nats.ErrMsgNotFound):
		return fmt.Errorf("%w: no node has made a mesh %q on %s yet", ErrUnreachable, m.options.Mesh, m.options.Server)
	case err != nil:
		return fmt.Errorf("%w: the settings of the mesh can't be read: %w", ErrUnreachable, err)
	}
	settings, err := link.ReadSettings(m.Names, stored.Data)
	if err != nil {
		return err
	}
	if settings.Version > 1 {
		return fmt.Errorf("the settings of the mesh have the version %d of their format, this program knows 1", settings.Version)
	}
	m.Names.Streams = int(max(settings.Numbers["streams"], 1))
	if m.waitingMax = settings.Numbers["waiting_max_bytes"]; m.waitingMax <= 0 { // an older node has made it
		m.waitingMax = config.DefaultWaiting
	}
	return nil
}

// within is the time that a question has.
func (m *Mesh) within() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), m.options.Timeout)
}

// A Stored is a message of the mesh's streams.
type Stored struct {
	Subject  string
	Sequence uint64
	Time     time.Time
	Data     []byte
	Marker   bool // its subject has no message any more
}

// read hands every message of a stream that matches to f, the last ones of their subjects only if lasts; of a large
// stream with few in memory. An error of f ends it.
func (m *Mesh) read(stream, filter string, from uint64, lasts bool, f func(Stored) error) error {
	options := []nats.SubOpt{nats.BindStream(stream), nats.OrderedConsumer()}
	switch {
	case lasts:
		options = append(options, nats.DeliverLastPerSubject())
	case from > 0:
		options = append(options, nats.StartSequence(from))
	}
	sub, err := m.js.SubscribeSync(filter, options...)
	if err != nil {
		return fmt.Errorf("%s can't be read: %w", stream, err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	info, err := sub.ConsumerInfo()
	if err != nil {
		return fmt.Errorf("%s can't be read: %w", stream, err)
	}
	for left := info.NumPending + info.Delivered.Consumer; left > 0; left-- {
		message, err := sub.NextMsg(m.options.Timeout)
		if err != nil {
			return fmt.Errorf("%s can't be read: %w", stream, err)
		}
		about, err := message.Metadata()
		if err != nil {
			return err
		}
		stored := Stored{message.Subject, about.Sequence.Stream, about.Timestamp, message.Data, message.Header.Get(markerHeader) != ""}
		if err := f(stored); err != nil {
			return err
		}
	}
	return nil
}

// markerHeader says why a subject has no message any more.
const markerHeader = "Nats-Marker-Reason"

// lasts returns the last message of every subject that matches.
func (m *Mesh) lasts(stream, filter string) (all []Stored, err error) {
	err = m.read(stream, filter, 0, true, func(s Stored) error {
		if !s.Marker {
			all = append(all, s)
		}
		return nil
	})
	return all, err
}

// subjects returns how many messages each subject has.
func (m *Mesh) subjects(stream, filter string) (map[string]uint64, error) {
	info, err := m.js.StreamInfo(stream, &nats.StreamInfoRequest{SubjectsFilter: filter})
	if err != nil {
		return nil, fmt.Errorf("%s can't be read: %w", stream, err)
	}
	return info.State.Subjects, nil
}

// Servers are where the connection leads now.
func (m *Mesh) Servers() string { return strings.Join(m.conn.Servers(), ",") }
