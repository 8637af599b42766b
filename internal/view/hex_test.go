package view_test

import (
	"testing"

	"netmeshos/internal/view"
)

func TestHexIsReadAsItIsWritten(t *testing.T) {
	for _, n := range []view.Hex{0, 0xab, 1<<64 - 1} {
		text, err := n.MarshalText()
		var back view.Hex
		if err != nil || back.UnmarshalText(text) != nil || back != n {
			t.Errorf("%v is read as %v", n, back)
		}
	}
	for _, text := range []string{"", "12", "0x", "0xg", "0x10000000000000000"} {
		if err := new(view.Hex).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}
