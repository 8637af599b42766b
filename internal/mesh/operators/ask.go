// Package operators is what a node has for the operators of its mesh: it answers their questions, and carries out
// their orders. A question goes to node.NODE.VERB; its data and its answer are those of this file. Who may use the
// mesh may ask; orders are signed, see package orders.
package operators

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
)

// The verbs. The answer is an orders.Reply, in JSON, whose result the line names.
const (
	VerbOrder    = "order"    // a signed order; nothing
	VerbRuntime  = "runtime"  // no data; what net_meshos_ext_runtime_json shows, packed
	VerbLogs     = "logs"     // LogsAsked; what net_meshos_ext_logs_json shows, packed
	VerbPost     = "post"     // Posting; Posted
	VerbDeliver  = "deliver"  // Posting with one event; Delivered
	VerbSnapshot = "snapshot" // SnapshotAsked; SnapshotSent, after the pieces
)

// Verbs are all of them.
var Verbs = []string{VerbOrder, VerbRuntime, VerbLogs, VerbPost, VerbDeliver, VerbSnapshot}

// LogsAsked is which lines are wanted: those after a number, limit of them at most.
type LogsAsked struct {
	After uint64 `json:"after"`
	Limit int    `json:"limit"`
}

// Posting is events for a daemon, wherever it runs.
type Posting struct {
	Daemon string  `json:"daemon"` // 16 hex digits
	Events []Event `json:"events"`
}

// Event is an event as an operator writes it. A sequence that isn't 0 makes its repetition safe.
type Event struct {
	Origin   uint64 `json:"origin,omitempty"`
	Sequence uint64 `json:"sequence,omitempty"`
	Payload  []byte `json:"payload"` // base64
}

// Posted is how many of the events the mesh has accepted, also where the posting failed.
type Posted struct {
	Accepted int `json:"accepted"`
}

// Delivered is what came of an event.
type Delivered struct {
	Outputs []Event `json:"outputs"`
}

// SnapshotAsked is whose state is wanted, and the subject that the pieces go to. Each is a request, answered with
// anything.
type SnapshotAsked struct {
	Daemon string `json:"daemon"`
	To     string `json:"to"`
}

// SnapshotSent is what has been sent.
type SnapshotSent struct {
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"` // hex
}

// A Packed is a long text on its way.
type Packed struct {
	Gzip []byte `json:"gzip"`
}

// maxUnpacked is more than a node has to say, in bytes.
const maxUnpacked = 1 << 30

// Unpack returns the text.
func (p Packed) Unpack() ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(p.Gzip))
	if err != nil {
		return nil, fmt.Errorf("the answer is not packed: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(r, maxUnpacked))
	if err != nil {
		return nil, fmt.Errorf("the answer is damaged: %w", err)
	}
	return text, nil
}
