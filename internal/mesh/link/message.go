package link

import "time"

// Message is a message that the servers have stored, or one that was only published.
type Message struct {
	// Subject is the one that it was stored or published under, never the republished one.
	Subject string
	// Sequence is its number in the stream; 0: nothing has stored it.
	Sequence uint64
	// Last is the number of the message of this subject before it, 0 if it is the first one; only from Follow.
	// (Only purging makes it point to what is no longer there.)
	Last   uint64
	Time   time.Time // when it was stored; zero from Follow
	Header map[string][]string
	Data   []byte
	// Gap: no message, but the notice that messages of Subject may be missing here, or, where Subject is "", of
	// all subjects of this Following: read from your position on.
	Gap bool
	// Marker: the subject has no message any more, for this reason: "MaxAge" (its TTL is over), "Purge",
	// "Remove". Data is empty.
	Marker string
}

// Storing says how a message is stored. The zero value: as it is.
type Storing struct {
	// Expect is the sequence that the subject's last message must have, 0: none is there. Else ErrConflict.
	Expect *uint64
	// ID makes the server drop the message if it has stored one of this ID within two minutes.
	ID string
	// TTL removes the message after whole seconds, at least 1; 0: never.
	TTL time.Duration
	// Here writes on the caller's goroutine, which must be none of a host's: see writer. That takes less time.
	Here bool
	// Rollup removes all earlier messages of the subject. With StoreBatch it goes for the part that says so.
	Rollup bool
}

// Expect makes the expectation of Storing.
func Expect(sequence uint64) *uint64 { return &sequence }

// BatchPart is a message of an atomic batch.
type BatchPart struct {
	Subject string
	Data    []byte
	Rollup  bool // removes all earlier messages of the subject
}

// MaxBatch is how many messages an atomic batch may have.
const MaxBatch = 1000

// What is kept free of the server's limit: in a message for headers, and beside a payload for these and what else comes
// with it, the head of an envelope or the line of a call.
const (
	Reserve        = 1024
	PayloadReserve = 4096
	// LeastMessage is what a server must take: less leaves hardly any room beside what is kept free.
	LeastMessage = 4 * PayloadReserve
)

// MaxPayload is how long a payload may be where a message's data may be so long.
func MaxPayload(maxData int) int { return maxData + Reserve - PayloadReserve }
