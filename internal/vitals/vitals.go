// Package vitals owns what a daemon reports about itself when it is probed.
package vitals

// Health is the health that a daemon reports. The numbers are those of the
// NET_MESHOS_HEALTH_ constants in net_meshos.h.
type Health int32

// The values of Health.
const (
	Healthy   Health = 0
	Degraded  Health = 1
	Unhealthy Health = 2
)

var healthNames = [...]string{"healthy", "degraded", "unhealthy"}

func (h Health) String() string {
	if h < 0 || int(h) >= len(healthNames) {
		return healthNames[Healthy]
	}
	return healthNames[h]
}

// Vitals is the result of a probe.
type Vitals struct {
	Health     Health
	Saturation float32 // 0 to 1
}

// Normal returns v with an unknown health replaced by Healthy, and the saturation clamped
// to 0..1; NaN becomes 0.
func (v Vitals) Normal() Vitals {
	if v.Health < Healthy || v.Health > Unhealthy {
		v.Health = Healthy
	}
	switch {
	case !(v.Saturation > 0):
		v.Saturation = 0
	case v.Saturation > 1:
		v.Saturation = 1
	}
	return v
}
