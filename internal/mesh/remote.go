//go:build mesh

package mesh

import (
	"bytes"
	"errors"
	"fmt"

	json "github.com/goccy/go-json"

	"netmeshos/internal/fault"
)

// Nodes ask each other for what only the node can do that runs a daemon. A call is a line of
// JSON and, after it, a body: a payload, or a part of a state. So is the answer; its body is an envelope with
// outputs, or a state, or the first part of one of these.

// callVerb is the subject of calls, below that of the node.
const callVerb = "call"

const callVersion = 1

// What a node may be asked for.
const (
	verbDeliver  = "deliver"
	verbFlush    = "flush"
	verbSnapshot = "snapshot"
	verbRestore  = "restore" // the state was sent before, by verbPart
	verbStop     = "stop"
	verbRestart  = "restart"
	verbPart     = "part" // takes a part of a parcel
	verbMore     = "more" // hands out a part of one
)

// call is what a node is asked for.
type call struct {
	V        int    `json:"v"`
	Verb     string `json:"verb"`
	ID       uint64 `json:"id,string"`
	Instance string `json:"instance,omitempty"` // the run of the node that is asked, in hex digits
	After    uint64 `json:"after,omitempty"`    // sequence of a message that comes before it
	Origin   uint64 `json:"origin,omitempty,string"`
	Sequence uint64 `json:"sequence,omitempty,string"`
	GraceMS  uint64 `json:"grace_ms,omitempty"`
	Parcel   uint64 `json:"parcel,omitempty,string"` // 0: the body is all there is
	Offset   int    `json:"offset,omitempty"`
	Size     int    `json:"size,omitempty"` // of the parcel

	body []byte
}

// answer is what it answers.
type answer struct {
	V       int        `json:"v"`
	Kind    fault.Kind `json:"kind,omitempty"` // empty: it is done
	Message string     `json:"message,omitempty"`
	// Elsewhere says that this node doesn't run the daemon, and has done nothing.
	Elsewhere bool   `json:"elsewhere,omitempty"`
	Some      bool   `json:"some,omitempty"` // there is a state, if only an empty one
	Parcel    uint64 `json:"parcel,omitempty,string"`
	Size      int    `json:"size,omitempty"` // of the parcel, of which the body is the beginning

	body []byte
}

// err is the answer as an error.
func (a *answer) err() *fault.Error {
	if a.Kind == "" {
		return nil
	}
	return &fault.Error{Kind: a.Kind, Message: a.Message}
}

// failure is the answer for an error.
func failure(err *fault.Error) answer { return answer{Kind: err.Kind, Message: err.Message} }

func encode(head any, body []byte) []byte {
	line, err := json.Marshal(head)
	if err != nil {
		panic(fmt.Sprintf("a call that can't be written: %v", err)) // it has strings and numbers only
	}
	return append(append(line, '\n'), body...)
}

func (c call) encode() []byte {
	c.V = callVersion
	return encode(c, c.body)
}

func (a answer) encode() []byte {
	a.V = callVersion
	return encode(a, a.body)
}

// decode reads the line, and returns the body.
func decode(data []byte, head any) (body []byte, err error) {
	line, body, found := bytes.Cut(data, []byte{'\n'})
	if !found {
		return nil, errors.New("it has no line of JSON")
	}
	return body, json.Unmarshal(line, head)
}

func decodeCall(data []byte) (c call, err error) {
	if c.body, err = decode(data, &c); err == nil && c.V != callVersion {
		err = fmt.Errorf("it has version %d of its format, and this library reads version %d", c.V, callVersion)
	}
	return c, err
}

func decodeAnswer(data []byte) (a answer, err error) {
	if a.body, err = decode(data, &a); err == nil && a.V != callVersion {
		err = fmt.Errorf("it has version %d of its format, and this library reads version %d", a.V, callVersion)
	}
	return a, err
}
