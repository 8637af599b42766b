package view

// LogRecord is one line of the log, as net_meshos_ext_logs_json shows it.
// docs/runtime-json.md documents each key.
type LogRecord struct {
	Seq      uint64 `json:"seq"`       // its number, from 1, without gaps
	UnixMS   int64  `json:"unix_ms"`   // when it was published, milliseconds since 1970
	Level    string `json:"level"`     // trace, debug, info, warn or error
	DaemonID uint64 `json:"daemon_id"` // who wrote it; 0: the supervisor, about the node
	IDHex    Hex    `json:"daemon_id_hex"`
	NodeID   uint64 `json:"node_id"` // of this node
	NodeHex  Hex    `json:"node_id_hex"`
	Message  string `json:"message"` // bytes that aren't UTF-8 are shown as U+FFFD
}

// LogRecords are lines of the log, oldest first.
type LogRecords []LogRecord

// JSON returns the array of the records on one line.
func (l LogRecords) JSON() []byte { return marshalReadable(list(l)) }
