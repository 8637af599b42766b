// Package logs owns the lines that daemons and the supervisor write: the
// bounded queue that takes them, and the ring that keeps the newest.
package logs

import "time"

// Level is how much a line matters. The numbers are those of the
// NET_MESHOS_LOG_ constants of net_meshos.h.
type Level int32

// The levels.
const (
	Trace Level = 0
	Debug Level = 1
	Info  Level = 2
	Warn  Level = 3
	Error Level = 4
)

var levelNames = [...]string{"trace", "debug", "info", "warn", "error"}

// Valid reports whether l is one of the levels.
func (l Level) Valid() bool { return l >= Trace && l <= Error }

func (l Level) String() string {
	if !l.Valid() {
		return "unknown"
	}
	return levelNames[l]
}

// Record is one line as the ring keeps it.
type Record struct {
	Seq      uint64    // from 1, without gaps
	Time     time.Time // when it was published
	Level    Level
	DaemonID uint64 // who wrote it, or whom the supervisor wrote it about; 0 for neither
	NodeID   uint64
	Message  string // UTF-8
}
