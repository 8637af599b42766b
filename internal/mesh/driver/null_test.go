//go:build mesh

package driver

import (
	"encoding/binary"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshed"
)

// null is a daemon that counts all events as one number.
type null struct {
	id    uint64
	count uint64
}

func (n *null) ID() uint64            { return n.id }
func (n *null) Name() string          { return "null" }
func (n *null) HasSnapshot() bool     { return true }
func (n *null) HasRestore() bool      { return true }
func (n *null) Sinks() bool           { return false }
func (n *null) Waits(int)             {}
func (n *null) Refusal() *fault.Error { return nil }

func (n *null) IsStopping() bool { return false }

func (n *null) Step(in event.Batch, _ uint64) (meshed.Stepped, *fault.Error) {
	n.count += uint64(in.Len()) //nolint:gosec // not negative
	return meshed.Stepped{Handled: in.Len()}, nil
}

func (n *null) Seal(commit func([]byte) error) *fault.Error {
	_ = commit(binary.LittleEndian.AppendUint64(nil, n.count))
	return nil
}

func (n *null) Reset(state []byte, _ bool) *fault.Error {
	n.count = 0
	if len(state) == 8 {
		n.count = binary.LittleEndian.Uint64(state)
	}
	return nil
}

func (n *null) Emit(event.Batch, []event.Meta) {}
func (n *null) SetStopped(bool)                {}
func (n *null) StopLocal(uint64) *fault.Error  { return nil }
func (n *null) RestartLocal() *fault.Error     { return nil }
func (n *null) Capabilities() []string         { return nil }
func (n *null) Health() uint8                  { return 0 }
