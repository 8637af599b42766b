package node

import (
	"netmeshos/internal/actor"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
	"netmeshos/internal/view"
)

// Logs returns the kept log records after a sequence number, oldest first, at most limit
// of them; limit 0 means all. The node keeps the newest logs.RingSize records.
func (n *Node) Logs(after uint64, limit int) []logs.Record { return n.ring.After(after, limit) }

// LogsJSON is Logs as a JSON array, documented in docs/runtime-json.md.
func (n *Node) LogsJSON(after uint64, limit int) []byte {
	records := n.Logs(after, limit)
	look := make(view.LogRecords, len(records))
	for i, r := range records {
		look[i] = view.LogRecord{
			Seq:      r.Seq,
			UnixMS:   r.Time.UnixMilli(),
			Level:    r.Level.String(),
			DaemonID: r.DaemonID,
			IDHex:    view.Hex(r.DaemonID),
			NodeID:   r.NodeID,
			NodeHex:  view.Hex(r.NodeID),
			Message:  r.Message,
		}
	}
	return look.JSON()
}

// LiveLogsJSON is LogsJSON of a node that has not been shut down. Error: already_shutdown.
func (n *Node) LiveLogsJSON(after uint64, limit int) ([]byte, *fault.Error) {
	if n.IsDown() {
		return nil, errDown
	}
	return n.LogsJSON(after, limit), nil
}

// OnLog sets the function that gets new log records of at least a level, one at a time and
// in order; nil removes it. When OnLog returns, the previous function is not running and
// won't be called again. From inside a callback it doesn't wait for that. Errors:
// invalid_log_level, already_shutdown.
func (n *Node) OnLog(least logs.Level, f logs.Follower, caller actor.Caller) *fault.Error {
	if !least.Valid() {
		return errLevel(least)
	}
	if n.IsDown() {
		return errDown
	}
	if done := n.follower.Set(least, f); done != nil && caller == nil {
		<-done
	}
	return nil
}
