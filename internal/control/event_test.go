package control_test

import (
	"testing"

	"netmeshos/internal/control"
)

func TestKinds(t *testing.T) {
	for _, c := range []struct {
		kind control.Kind
		abi  int32
		name string
	}{
		{control.None, 0, "None"},
		{control.Shutdown, 1, "Shutdown"},
		{control.DrainStart, 2, "DrainStart"},
		{control.DrainFinish, 3, "DrainFinish"},
		{control.BackpressureOn, 4, "BackpressureOn"},
		{control.BackpressureOff, 5, "BackpressureOff"},
		{99, 99, "Unknown"},
		{-1, -1, "Unknown"},
	} {
		if int32(c.kind) != c.abi || c.kind.String() != c.name {
			t.Errorf("kind %d %v, want %d %s", int32(c.kind), c.kind, c.abi, c.name)
		}
	}
}
