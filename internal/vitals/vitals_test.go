package vitals

import (
	"math"
	"testing"
)

func TestNormal(t *testing.T) {
	nan := float32(math.NaN())
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		rule      string
		from, to  Vitals
		wantWords string
	}{
		{"nothing to say", Vitals{}, Vitals{}, "healthy"},
		{"degraded and half", Vitals{Health: 1, Saturation: 0.5}, Vitals{Health: Degraded, Saturation: 0.5}, "degraded"},
		{"unhealthy and full", Vitals{Health: 2, Saturation: 1}, Vitals{Health: Unhealthy, Saturation: 1}, "unhealthy"},
		{"a health above", Vitals{Health: 3}, Vitals{Health: Healthy}, "healthy"},
		{"a health below", Vitals{Health: -1}, Vitals{Health: Healthy}, "healthy"},
		{"the extreme healths", Vitals{Health: math.MaxInt32}, Vitals{}, "healthy"},
		{"the other extreme", Vitals{Health: math.MinInt32}, Vitals{}, "healthy"},
		{"a saturation above", Vitals{Saturation: 1.0001}, Vitals{Saturation: 1}, "healthy"},
		{"a saturation below", Vitals{Saturation: -0.0001}, Vitals{}, "healthy"},
		{"no number", Vitals{Saturation: nan}, Vitals{}, "healthy"},
		{"infinity", Vitals{Saturation: inf}, Vitals{Saturation: 1}, "healthy"},
		{"minus infinity", Vitals{Saturation: -inf}, Vitals{}, "healthy"},
		{"minus zero", Vitals{Saturation: float32(math.Copysign(0, -1))}, Vitals{}, "healthy"},
		{"the smallest", Vitals{Saturation: math.SmallestNonzeroFloat32}, Vitals{Saturation: math.SmallestNonzeroFloat32}, "healthy"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got := c.from.Normal()
			if got != c.to || math.Signbit(float64(got.Saturation)) {
				t.Errorf("%v becomes %v, want %v", c.from, got, c.to)
			}
			if got.Health.String() != c.wantWords {
				t.Errorf("it is called %s, want %s", got.Health, c.wantWords)
			}
		})
	}
}
