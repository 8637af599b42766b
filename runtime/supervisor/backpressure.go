package supervisor

import (
	"math"

	"netmeshos/runtime/control"
)

// BackpressureConfig says when daemons are told that too many events wait.
type BackpressureConfig struct {
	Capacity uint64 // of an inbox: what the level is a share of
	On       uint64 // so many waiting events and it is on
	Off      uint64 // fewer and it is off again
}

// levelStep is by how much the level must have moved to be sent again.
const levelStep = 0.1

// Backpressure decides when to tell daemons. It is a pure state machine.
type Backpressure struct {
	config BackpressureConfig
	on     bool
	sent   float64 // the level sent last
}

// NewBackpressure returns a state machine that is off.
func NewBackpressure(config BackpressureConfig) *Backpressure {
	return &Backpressure{config: config}
}

// On reports whether backpressure is on, and the level that was sent.
func (b *Backpressure) On() (bool, float32) { return b.on, float32(b.sent) }

func (b *Backpressure) level(waiting uint64) float64 {
	return min(1, float64(waiting)/float64(b.config.Capacity))
}

// Update takes the number of waiting events and the most that there have been
// since the last update, and returns what the daemons are to be told, in order.
func (b *Backpressure) Update(waiting, peak uint64) []control.Event {
	var tell []control.Event
	if level := b.level(peak); peak >= b.config.On && (!b.on || level >= b.sent+levelStep) {
		tell = append(tell, b.turnOn(level))
	}
	switch level := b.level(waiting); {
	case b.on && waiting < b.config.Off:
		b.on, b.sent = false, 0
		tell = append(tell, control.Event{Kind: control.BackpressureOff})
	case b.on && level <= b.sent-levelStep:
		tell = append(tell, b.turnOn(level))
	}
	return tell
}

func (b *Backpressure) turnOn(level float64) control.Event {
	b.on, b.sent = true, level
	return control.Event{Kind: control.BackpressureOn, Level: float32(level)}
}

// Bounds returns the numbers of waiting events between which, the first
// included, Update has nothing to say.
func (b *Backpressure) Bounds() (from, to uint64) {
	if !b.on {
		return 0, b.config.On
	}
	capacity := float64(b.config.Capacity)
	from = b.config.Off
	if down := math.Floor((b.sent-levelStep)*capacity) + 1; down > float64(from) {
		from = uint64(down)
	}
	if b.sent+levelStep > 1 {
		return from, math.MaxUint64
	}
	return from, uint64(math.Ceil((b.sent + levelStep) * capacity))
}
