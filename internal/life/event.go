// Package life owns the life events of a node and its daemons: everything that happens to
// them is a typed value that goes through one hook. Log lines, counters and the list of
// recent failures are made from these values.
package life

import "netmeshos/internal/logs"

// Event is a life event.
type Event interface {
	// Of returns the id of the daemon that it happened to; 0: the node.
	Of() uint64
	// Line returns the event's log line. An event with an empty line isn't logged.
	Line() (logs.Level, string)
}

// Limited is an Event that can occur at any rate. The rate of its lines is limited.
type Limited interface {
	Event
	// Limit names the kind of line: lines of one daemon and kind share a limit. Lines of
	// the kind "" aren't limited.
	Limit() string
	// Suppressed returns the end of a line, which says how many others were not logged.
	Suppressed(others uint64) string
}

// Hook is called with each event when it happens, from any goroutine. It must not block.
type Hook func(Event)
