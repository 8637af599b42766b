package ownership

import "netmeshos/internal/mesh/wire"

// Verdict is what became of a record that was sent.
type Verdict uint8

// The verdicts.
const (
	Stored Verdict = iota // it is in the log
	Again                 // it is not there: the same bytes on the same condition may still be stored
	Passed                // the log has gone on: it is refused, or has been stored and another came after it
)

// Settle judges a record that was sent on the condition that the last one was expected, by the last
// record that the leader of the log has now; lastID is zero if there is none.
//
// It never says that a record wasn't stored while it may yet be: until the log goes on, the same
// bytes must be sent again, and nothing else may be processed.
func Settle(sent wire.ID, expected uint64, lastID wire.ID, last uint64) Verdict {
	switch {
	case lastID == sent:
		return Stored
	case last == expected:
		return Again
	}
	return Passed
}
