// Package vitals owns what a daemon says about itself when it is probed.
package vitals

// Health is how a daemon says it is. The numbers are those of the
// NET_MESHOS_HEALTH_ constants of net_meshos.h.
type Health int32

// The healths.
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

// Vitals is what a probe finds.
type Vitals struct {
	Health     Health
	Saturation float32 // 0 to 1
}

// Normal returns v with an unknown health taken as Healthy and the saturation
// clamped to 0..1, a NaN to 0.
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
