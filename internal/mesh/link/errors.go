package link

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"netmeshos/internal/fault"
)

// What an operation can end with. errors.Is tells them apart; an *Error has the server's words.
var (
	// ErrConflict: another message is the subject's last one. Nothing was stored.
	ErrConflict = errors.New("another message has been stored there")
	// ErrFull: the servers have no room, or no more than they keep. Nothing was stored.
	ErrFull = errors.New("the servers of the mesh have no room")
	// ErrDoubt: it is not known whether the servers have done it. The same again, with the same expectation or
	// ID, brings it about; Last tells whether it was done.
	ErrDoubt = errors.New("the servers of the mesh have not said whether it is done")
	// ErrDown: the servers can't be reached, or don't take it now. Nothing was done, nor will be.
	ErrDown = errors.New("the servers of the mesh can't be reached")
	// ErrTooLarge: longer than a message may be, or a batch of too many messages. Nothing was sent.
	ErrTooLarge = errors.New("longer than a message of the mesh may be")
	// ErrNone: no such message.
	ErrNone = errors.New("no message is stored there")
	// ErrNobody: nobody serves this subject.
	ErrNobody = errors.New("nobody serves this")
	// ErrRefused: the server refuses it for a reason that no repetition changes, such as permissions.
	ErrRefused = errors.New("the servers of the mesh refuse it")
)

// Error is an error of a class, with what the server or the library said.
type Error struct {
	Class  error  // one of the Err values
	Code   int    // JetStream's error code; 0: it is not JetStream's
	Detail string // may be empty
	// Current is, with ErrConflict, the sequence of the message that is the subject's last one, or 0 if the
	// server did not tell.
	Current uint64
}

func (e *Error) Error() string {
	switch {
	case e.Code != 0:
		return fmt.Sprintf("%v: %s (%d)", e.Class, e.Detail, e.Code)
	case e.Detail != "":
		return fmt.Sprintf("%v: %s", e.Class, e.Detail)
	}
	return e.Class.Error()
}

// Unwrap returns the class.
func (e *Error) Unwrap() error { return e.Class }

// Fault is what a host sees of an error of this package. act says what was attempted: "the events were not
// stored".
func Fault(err error, act string) *fault.Error {
	kind := fault.MeshUnavailable
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrDoubt):
		kind = fault.Timeout
	case errors.Is(err, ErrFull):
		kind = fault.QueueFull
	case errors.Is(err, ErrTooLarge):
		kind = fault.InvalidArgument
	case errors.Is(err, ErrNone), errors.Is(err, ErrNobody):
		kind = fault.NotFound
	case errors.Is(err, ErrConflict):
		kind = fault.InvalidState
	}
	return fault.New(kind, "%s: %w", act, err)
}

// JetStream's error codes that decide something. Facts about server 2.15.3; see the package comment.
const (
	codeWrongLastSequence = 10071 // expectation of the stream's or subject's last sequence
	codeWrongLastConstant = 10164 // the same, without the number; with replicas it may be passing
	codeRepeated          = 10201 // a batch has an ID that was stored within two minutes
	codeStoreFailed       = 10077 // with the store's words
	codeTooLarge          = 10054
	codeNoMessage         = 10037
	codeNoAccount         = 10039 // JetStream is not for this account
)

// classify is the one place where an answer of JetStream's becomes a class.
func classify(status, code int, detail string) error {
	e := &Error{Code: code, Detail: detail}
	switch {
	case code == codeWrongLastSequence:
		e.Class = ErrConflict
		if i := strings.LastIndexByte(detail, ' '); i >= 0 {
			e.Current, _ = strconv.ParseUint(detail[i+1:], 10, 64) // 0: it did not tell
		}
	case code == codeRepeated:
		e.Class = ErrConflict
	case full[code], code == codeStoreFailed && noRoom(detail), strings.Contains(detail, "no space left"):
		e.Class = ErrFull
	case doubtful[code], status == 503:
		e.Class = ErrDoubt
	case code == codeTooLarge:
		e.Class = ErrTooLarge
	case code == codeNoMessage:
		e.Class = ErrNone
	default:
		e.Class = ErrRefused
	}
	return e
}

// Classify makes an error of what JetStream answers, for who asks it without a Link.
func Classify(status, code int, detail string) error { return classify(status, code, detail) }

// noRoom tells whether the store of a stream is full: its words are all there is.
func noRoom(detail string) bool {
	detail = strings.ToLower(detail)
	for _, words := range []string{"maximum bytes", "maximum messages", "insufficient"} {
		if strings.Contains(detail, words) {
			return true
		}
	}
	return false
}

var full = map[int]bool{
	10002: true, // resource limits exceeded for account
	10023: true, // insufficient resources
	10028: true, // insufficient memory resources available
	10047: true, // insufficient storage resources available
}

// doubtful are codes after which the message may yet be stored or has been stored already, or which pass. Every
// 503 is one of them too: leaders come and go.
var doubtful = map[int]bool{
	codeWrongLastConstant: true,
	10167:                 true, // too many requests
	10176:                 true, // batch incomplete: the server has given it up, or never had its beginning
	10210:                 true, // too many batches in flight
}
