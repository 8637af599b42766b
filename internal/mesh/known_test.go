//go:build mesh

package mesh

import (
	"testing"

	"netmeshos/internal/mesh/link"
)

func TestWhatIsRegistered(t *testing.T) {
	for _, c := range []struct {
		name    string
		message link.Message
		want    bool
	}{
		{"a registration", link.Message{Data: []byte(`{"v":1,"instance":"00000000000000a1"}`)}, true},
		{"one that is withdrawn", link.Message{Data: []byte(`{"v":1,"instance":""}`)}, true},
		{"one that is forgotten", link.Message{Marker: "Remove"}, false},
		{"what is none", link.Message{Data: []byte("x")}, false},
	} {
		if isThere(c.message) != c.want {
			t.Errorf("%s: %v", c.name, !c.want)
		}
	}
}

// What was read before something was forgotten makes nothing known.
func TestWhatIsKnown(t *testing.T) {
	var k known
	_, before := k.has(1)
	k.add(1, before)
	if has, _ := k.has(1); !has {
		t.Error("it isn't known")
	}
	k.forget(1)
	k.add(1, before)
	if has, _ := k.has(1); has {
		t.Error("what was read before is known")
	}
	_, now := k.has(1)
	k.add(1, now)
	k.clear()
	if has, _ := k.has(1); has {
		t.Error("it is known after a gap")
	}
}
