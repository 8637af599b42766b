//go:build mesh

package link

import (
	"context"

	"netmeshos/internal/fault"
)

// Link is the connection of a node to the servers of its mesh. All methods are safe from any goroutine, and none
// writes to the network on it: see writer.
type Link struct {
	options Options
}

// Open connects, asks whether the servers are good enough (2.15.0, JetStream), and makes the streams, or checks
// those that are there. It ends within StartTimeout. The kinds of its errors are mesh_unavailable (which URL, and
// why), config_invalid (a stream or a setting is another's; the message names what differs), and
// invalid_argument (a file that can't be read, an URL that is none; the message names the key).
func Open(ctx context.Context, o Options) (*Link, *fault.Error) { panic("comes next") }

// Close ends the connection. Whoever waits gets ErrDown or, where something was sent, ErrDoubt. No callback
// runs once it has returned.
func (l *Link) Close() {}

// Names are those of the mesh.
func (l *Link) Names() Names { return l.options.Names }

// MaxData is how long a message's data may be: what the server takes, less Reserve.
func (l *Link) MaxData() int { return 0 }

// RTT asks the server for an answer and returns how long it took.
func (l *Link) RTT(ctx context.Context) (rtt int64, err error) { return 0, nil }

// Up tells whether the connection stands.
func (l *Link) Up() bool { return false }

// OnState calls f with whether the connection stands, at once and with each change, in order and one call at a
// time. f must not block.
func (l *Link) OnState(f func(up bool)) {}

// Store stores one message and returns its sequence, the earlier one if the server dropped it as a repetition of
// an ID. Errors: ErrConflict, ErrFull, ErrDoubt, ErrDown, ErrTooLarge, ErrRefused. Without a deadline in ctx it
// waits for RequestTimeout.
func (l *Link) Store(ctx context.Context, subject string, data []byte, s Storing) (sequence uint64, err error) {
	return 0, nil
}

// StoreAsync is Store for many in flight: done is called once, on a goroutine of the link, and must not block.
// Messages of one caller are stored in the order of its calls, as long as none fails. data must not change before
// done is called.
func (l *Link) StoreAsync(ctx context.Context, subject string, data []byte, s Storing, done func(sequence uint64, err error)) {
}

// StoreBatch stores all parts, one after the other, or none: at most MaxBatch, of one stream. The expectation and
// the TTL are the last part's, and no other part may have its subject; ID goes for the whole. Returns the last
// part's sequence. Errors as Store's.
func (l *Link) StoreBatch(ctx context.Context, parts []BatchPart, s Storing) (sequence uint64, err error) {
	return 0, nil
}

// Last reads the last message of a stored subject from the stream's leader, so that it is never an old one.
// Errors: ErrNone, ErrDown, ErrDoubt.
func (l *Link) Last(ctx context.Context, subject string) (Message, error) { return Message{}, nil }

// Read reads up to limit messages of a stream that match a filter, from a sequence on, in order. Fewer than limit:
// there are no more now, or they would have been too long for one answer; none: there are no more. With several
// replicas it may be a moment behind what Store and Follow have told: ask again. Errors: ErrDown, ErrDoubt.
func (l *Link) Read(ctx context.Context, stream string, filters []string, from uint64, limit int) ([]Message, error) {
	return nil, nil
}

// LastOf reads the last message of every subject that matches filter. With several replicas it may be a moment
// behind.
func (l *Link) LastOf(ctx context.Context, stream, filter string) ([]Message, error) { return nil, nil }

// Purge removes the messages of a subject or pattern whose sequence is below; 0: all.
func (l *Link) Purge(ctx context.Context, stream, subject string, below uint64) error { return nil }

// Publish sends a message that nothing stores to whoever follows the subject now.
func (l *Link) Publish(subject string, data []byte) error { return nil }

// Request asks who serves a subject. Errors: ErrNobody, ErrDown, ErrDoubt (no answer in time), ErrTooLarge.
func (l *Link) Request(ctx context.Context, subject string, data []byte) ([]byte, error) {
	return nil, nil
}

// Request is what a client has asked.
type Request struct {
	Subject string
	Data    []byte
	reply   string
	link    *Link
}

// Respond answers, once, from any goroutine.
func (r Request) Respond(data []byte) error { return nil }

// Serve calls f with each request to a subject or pattern, in order, on one goroutine of the link that all served
// subjects share: f must not block; it may hand the request to another goroutine. After stop has returned,
// clients get ErrNobody at once if nobody else serves it.
func (l *Link) Serve(subject string, f func(Request)) (stop func(), err error) { return nil, nil }

// Following is a set of subjects whose messages go into one channel.
type Following struct{}

// Follow sends every message of the subjects (patterns too) into the channel from now on: those that are stored,
// once they are, and those that are only published. Subjects are the stored ones: Names.Log, not
// Republished. A message whose Last is above what the reader has read has others before it, which Read gets. Where
// messages may be missing without a later one to show it (the connection was lost, the reader was slow) there
// comes a Message with Gap. When Follow returns, the server knows the subjects: what is stored from then on comes.
func (l *Link) Follow(subjects []string, into chan<- Message) (*Following, error) { return nil, nil }

// Add adds subjects; when it returns, the server knows them. Those that are there stay.
func (f *Following) Add(subjects ...string) error { return nil }

// Remove takes subjects out. Messages that are on their way may still come.
func (f *Following) Remove(subjects ...string) error { return nil }

// Close ends it. Nothing is sent into the channel once it has returned.
func (f *Following) Close() {}
