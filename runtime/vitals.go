package meshos

import (
	"math"

	"netmeshos/internal/actor"
	"netmeshos/internal/logs"
)

// saturationStep is by how many hundredths a saturation must have moved since the
// log last spoke of it: one that trembles with every tick would leave room for
// nothing else.
const saturationStep = 10

// vitalsChanged logs what a probe has found: every change of the health, and a
// saturation that has moved enough. It runs between two callbacks.
func (h *Handle) vitalsChanged(from, to actor.Vitals) {
	if from.Health != to.Health {
		level := logs.Info
		if to.Health > from.Health {
			level = logs.Warn
		}
		h.sdk.note(level, h.id, "health: %v, was %v", to.Health, from.Health)
	}
	if moved := hundredths(to.Saturation) - hundredths(h.saturationSaid); max(moved, -moved) >= saturationStep {
		h.sdk.note(logs.Debug, h.id, "saturation: %.2f, was %.2f", to.Saturation, h.saturationSaid)
		h.saturationSaid = to.Saturation
	}
}

// hundredths are what the log shows of a share: steps between such numbers are
// exact.
func hundredths(share float32) int { return int(math.Round(float64(share) * 100)) }
