//go:build mesh

package mesh

import "testing"

// Nothing is asked for twice that would then be done twice.
func TestWhatMayBeAskedForAgain(t *testing.T) {
	for _, c := range []struct {
		call call
		want bool
	}{
		{call{Verb: verbFlush}, true}, {call{Verb: verbSnapshot}, true}, {call{Verb: verbDeliver, Sequence: 1}, true},
		{call{Verb: verbDeliver}, false}, {call{Verb: verbRestore}, false}, {call{Verb: verbStop}, false}, {call{Verb: verbRestart}, false},
	} {
		if c.call.isRepeatable() != c.want {
			t.Errorf("%+v: %v", c.call, !c.want)
		}
		over := asked{}
		over.gone.Node = 1
		if over.mayGoOn(&c.call) != c.want {
			t.Errorf("%+v goes on: %v", c.call, !c.want)
		}
	}
	if none := (asked{}); none.mayGoOn(&call{Verb: verbDeliver, Sequence: 1}) {
		t.Error("a deliver is sent again though its node may answer")
	}
}
