// Package life owns what happens to a node and its daemons: each thing is a typed
// value that goes through one hook. Log lines, counters and the list of recent
// failures are made from these values.
package life

import "netmeshos/internal/logs"

// Event is something that happened.
type Event interface {
	// Of is the daemon that it happened to; 0: the node.
	Of() uint64
	// Line is the event's log line. An event with an empty line isn't logged.
	Line() (logs.Level, string)
}

// Limited is an Event that can come without end. Its lines are limited.
type Limited interface {
	Event
	// Limit names the lines that are counted together, among those of a daemon.
	Limit() string
	// Suppressed says at the end of a line that others were not logged.
	Suppressed(others uint64) string
}

// Hook is called with each event, at the moment that it happens, from any
// goroutine. It must not block.
type Hook func(Event)
