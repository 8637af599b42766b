package meshos

import (
	"netmeshos/internal/logs"
	"netmeshos/internal/view"
)

// LogsJSON is Logs as a JSON array, documented in docs/runtime-json.md.
func (s *SDK) LogsJSON(after uint64, limit int) []byte {
	records := s.Logs(after, limit)
	look := make(view.LogRecords, len(records))
	for i, r := range records {
		look[i] = view.LogRecord{
			Seq:      r.Seq,
			UnixMS:   r.Time.UnixMilli(),
			Level:    r.Level.String(),
			DaemonID: r.DaemonID,
			NodeID:   r.NodeID,
			Message:  r.Message,
		}
	}
	return look.JSON()
}

// OnLog has f called with the log records of at least a level that are written
// from now on, one at a time, in order; nil is none. When it returns, the
// function before is not running and won't be called again. A function that
// panics is called no more. Errors: invalid_log_level, already_shutdown.
func (s *SDK) OnLog(least Level, f func(LogRecord)) error { return s.OnLogInside(least, f, false) }

// followerOf keeps a nil function from becoming a follower, and a panic from
// going further.
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
				s.note(LevelError, 0, "the log function panicked, and is called no more: %v", cause)
			}
		}()
		f(r)
	}
}

// OnLogInside is OnLog; from inside a callback it doesn't wait for the function
// before.
func (s *SDK) OnLogInside(least Level, f func(LogRecord), inside bool) error {
	if !least.Valid() {
		return errLevel(least)
	}
	if s.IsDown() {
		return errSDKShutDown
	}
	if done := s.followers.Set(least, s.followerOf(f)); done != nil && !inside {
		<-done
	}
	return nil
}
