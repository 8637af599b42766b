package supervisor

import (
	"math"

	"netmeshos/internal/control"
)

// BackpressureConfig says when daemons are told that too many events wait.
type BackpressureConfig struct {
	Capacity uint64 // of an inbox: what the level is a share of; at least 1
	On       uint64 // so many waiting events and it is on
	Off      uint64 // fewer and it is off again; at most On
}

// levelSteps says by how much the level must have moved to be sent again: one
// of so many parts of the capacity.
const levelSteps = 10

// Backpressure decides when to tell daemons. It is a pure state machine. It
// counts events and not shares, so that a level which has moved by exactly one
// step has done so whatever the capacity.
type Backpressure struct {
	config BackpressureConfig
	on     bool
	sent   uint64 // how many events the level sent last stands for, at most the capacity
}

// NewBackpressure returns a state machine that is off.
func NewBackpressure(config BackpressureConfig) *Backpressure {
	return &Backpressure{config: config}
}

// On reports whether backpressure is on, and the level that was sent.
func (b *Backpressure) On() (bool, float32) { return b.on, b.level() }

func (b *Backpressure) level() float32 {
	return float32(float64(b.sent) / float64(b.config.Capacity))
}

// step is how many events make the level move enough, rounded up.
func (b *Backpressure) step() uint64 { return (b.config.Capacity-1)/levelSteps + 1 }

// Update takes the number of waiting events and the most that there have been
// since the last update, and returns what the daemons are to be told, in order.
func (b *Backpressure) Update(waiting, peak uint64) []control.Event {
	var tell []control.Event
	if !b.on && peak >= b.config.On || b.on && min(peak, b.config.Capacity) >= b.sent+b.step() {
		tell = append(tell, b.turnOn(peak))
	}
	switch {
	case !b.on:
	case waiting < b.config.Off:
		b.on, b.sent = false, 0
		tell = append(tell, control.Event{Kind: control.BackpressureOff})
	case min(waiting, b.config.Capacity)+b.step() <= b.sent:
		tell = append(tell, b.turnOn(waiting))
	}
	return tell
}

func (b *Backpressure) turnOn(waiting uint64) control.Event {
	b.on, b.sent = true, min(waiting, b.config.Capacity)
	return control.Event{Kind: control.BackpressureOn, Level: b.level()}
}

// Bounds returns the numbers of waiting events between which, the first
// included, Update has nothing to say.
func (b *Backpressure) Bounds() (from, to uint64) {
	if !b.on {
		return 0, b.config.On
	}
	from, to = b.config.Off, b.sent+b.step()
	if b.sent >= b.step() {
		from = max(from, b.sent-b.step()+1)
	}
	if to > b.config.Capacity { // the level is at most 1
		to = math.MaxUint64
	}
	return from, to
}
