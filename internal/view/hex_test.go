package view_test

import (
	"math"
	"strings"
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

// Beside each id of a node or daemon stands the same as people read it.
func TestEachIDHasItsHex(t *testing.T) {
	config := view.Config(`{"this_node":7,"x":1}`).WithHexOf(7)
	if want := `{"this_node":7,"this_node_hex":"0x0000000000000007","x":1}`; string(config) != want {
		t.Errorf("%s", config)
	}
	for want, standbys := range map[string][]uint64{
		`"standbys":[2,18446744073709551615],"standbys_hex":["0x0000000000000002","0xffffffffffffffff"]`: {2, math.MaxUint64},
		`"standbys":[],"standbys_hex":[]`: nil,
	} {
		if text := (view.Daemon{Mesh: &view.DaemonMesh{Standbys: standbys}}).JSON(); !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}
