package meshed

import (
	"time"

	"netmeshos/internal/config"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
	"netmeshos/internal/phase"
	"netmeshos/internal/view"
)

// Host is the node as its mesh sees it. No method waits for the mesh.
type Host interface {
	// Config is the configuration in force; its Mesh is not nil.
	Config() config.Config
	// Log writes a line of the supervisor, about a daemon unless that is 0. The caller limits
	// how many lines there are.
	Log(level logs.Level, daemon uint64, message string)
	// SetPeers replaces what is known about other nodes.
	SetPeers(peers []view.Peer)
	// State is what a beat says about the node.
	State() State
	// Version is the library's; empty: it isn't known.
	Version() string
	// LogsJSON is what net_meshos_ext_logs_json shows.
	LogsJSON(after uint64, limit int) []byte
	// RuntimeJSON and DaemonJSON are what net_meshos_ext_runtime_json shows.
	RuntimeJSON() []byte
	DaemonJSON(id uint64) ([]byte, *fault.Error)
	// FollowLogs calls f with each log line from now on, in order, on one goroutine. stop
	// returns when f doesn't run and won't.
	FollowLogs(f func(logs.Record)) (stop func())
	// SetLogLevel sets the least level of the lines that the node's log keeps from now on.
	SetLogLevel(least logs.Level)
	// EnterMaintenance and ExitMaintenance are orders of an operator.
	EnterMaintenance(drainMS uint64) *fault.Error
	ExitMaintenance() *fault.Error
}

// State is a node at one moment.
type State struct {
	Started      time.Time
	Maintenance  phase.Phase
	Daemons      int      // registered
	Unhealthy    bool     // a daemon has reported that it is
	Capabilities []string // of all daemons, sorted, each once
}
