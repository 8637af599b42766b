package meshos

import (
	"netmeshos/internal/life"
	"netmeshos/internal/logs"
)

// Level is the level of a log line, LogRecord a line that is kept.
type (
	Level     = logs.Level
	LogRecord = logs.Record
)

// The levels.
const (
	LevelTrace = logs.Trace
	LevelDebug = logs.Debug
	LevelInfo  = logs.Info
	LevelWarn  = logs.Warn
	LevelError = logs.Error
)

// Logs returns the kept log records after a sequence number, oldest first, at most limit of
// them; limit 0 means all. The SDK keeps the newest 2,048.
func (s *SDK) Logs(after uint64, limit int) []LogRecord { return s.node.Logs(after, limit) }

// LogsJSON is Logs as a JSON array, documented in docs/runtime-json.md.
func (s *SDK) LogsJSON(after uint64, limit int) []byte { return s.node.LogsJSON(after, limit) }

// OnLog sets the function that gets new log records of at least a level, one at a time and
// in order; nil removes it. When OnLog returns, the previous function is not running and
// won't be called again; from inside a method of a daemon it doesn't wait for that. A
// function that panics is not called again. Errors: invalid_log_level, already_shutdown.
func (s *SDK) OnLog(least Level, f func(LogRecord)) error {
	return asError(s.node.OnLog(least, s.followerOf(f), s.caller))
}

// followerOf returns a nil follower for a nil function, and otherwise one that recovers
// panics.
func (s *SDK) followerOf(f func(LogRecord)) logs.Follower {
	if f == nil {
		return nil
	}
	panicked := false
	return func(r LogRecord) {
		if panicked {
			return
		}
		defer func() {
			if cause := recover(); cause != nil {
				panicked = true
				s.node.Report(life.LogFunctionPanicked{Cause: cause})
			}
		}()
		f(r)
	}
}
