// Package logs owns the log lines of daemons and the supervisor: the bounded queue in
// which they wait, the ring that keeps the newest, and the function that follows the ring.
package logs

import "time"

// Level is the level of a line. The numbers are those of the NET_MESHOS_LOG_ constants in
// net_meshos.h.
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

// LevelOf is the level of a name that String returns; false: it is none.
func LevelOf(name string) (Level, bool) {
	for l := Trace; l <= Error; l++ {
		if l.String() == name {
			return l, true
		}
	}
	return 0, false
}

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
	DaemonID uint64 // the daemon that wrote it, or that the supervisor wrote it about; 0: none
	NodeID   uint64
	Message  string // UTF-8
}
