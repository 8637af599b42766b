package meshos

import "netmeshos/runtime/logs"

type logLook struct {
	Seq      uint64 `json:"seq"`
	UnixMS   int64  `json:"unix_ms"`
	Level    string `json:"level"`
	DaemonID uint64 `json:"daemon_id"`
	NodeID   uint64 `json:"node_id"`
	Message  string `json:"message"`
}

// LogsJSON is Logs as a JSON array.
func (s *SDK) LogsJSON(after uint64, limit int) []byte {
	records := s.Logs(after, limit)
	look := make([]logLook, len(records))
	for i, r := range records {
		look[i] = logLook{r.Seq, r.Time.UnixMilli(), r.Level.String(), r.DaemonID, r.NodeID, r.Message}
	}
	return encode(look)
}

// OnLog has f called with the log records of at least a level that are written
// from now on, one at a time, in order; nil is none. When it returns, the
// function before is not running and won't be called again. Errors:
// invalid_log_level, already_shutdown.
func (s *SDK) OnLog(least Level, f func(LogRecord)) error { return s.OnLogInside(least, f, false) }

// OnLogInside is OnLog; from inside a callback it doesn't wait for the function
// before.
func (s *SDK) OnLogInside(least Level, f func(LogRecord), inside bool) error {
	if !least.Valid() {
		return errLevel(least)
	}
	if s.IsDown() {
		return errSDKShutDown
	}
	if done := s.followers.Set(least, logs.Follower(f)); done != nil && !inside {
		<-done
	}
	return nil
}
