// Package control owns the control events that a supervisor sends to daemons, the
// mailboxes in which they wait, and the channels that count the dropped ones.
package control

// Kind is the kind of a control event. The numbers are those of the NET_MESHOS_CONTROL_
// constants in net_meshos.h.
type Kind int32

// The kinds of control events. A receive that finds no event returns None.
const (
	None            Kind = 0
	Shutdown        Kind = 1
	DrainStart      Kind = 2
	DrainFinish     Kind = 3
	BackpressureOn  Kind = 4
	BackpressureOff Kind = 5
)

var kindNames = [...]string{"None", "Shutdown", "DrainStart", "DrainFinish", "BackpressureOn", "BackpressureOff"}

func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return "Unknown"
	}
	return kindNames[k]
}

// Event is one control event.
type Event struct {
	Kind    Kind
	GraceMS uint64  // Shutdown and DrainStart: how long the daemon has, in milliseconds
	Level   float32 // BackpressureOn: how full the queues are, 0 to 1
}
