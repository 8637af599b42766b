//go:build mesh

package directory

import (
	"slices"
	"testing"
)

// What isn't the mesh's is counted where nothing stores it, too: every message, and none of a later version.
func TestForeignBeatsAndChangesAreCounted(t *testing.T) {
	f, _ := begin(t)
	n := f.node(t, 1)
	other := f.node(t, 2)
	n.sees(t, 2)
	other.sees(t, 1)
	aggregator := n
	if !collects(n) {
		aggregator = other
	}
	names := n.link.Names()
	for _, m := range []struct{ subject, data string }{
		{names.Peers(), "junk"}, {names.Peers(), ""}, {names.Peers(), "c\x02later"}, {names.Peers(), "c\x01"},
		{names.BeatOf(1), "junk"}, {names.BeatOf(2), "b\x02later"}, {names.Beat() + ".zzz", "x"},
	} {
		if err := n.link.Publish(m.subject, []byte(m.data)); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{names.Peers() + " 1", names.Peers() + " 2", names.Peers() + " 3", names.Beats() + " 4", names.Beats() + " 5"}
	until(t, "they are counted", func() bool {
		aggregator.mu.Lock()
		defer aggregator.mu.Unlock()
		return slices.Equal(aggregator.foreign, want)
	})
}

func collects(n *node) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Contains(n.lines, "info: This node collects the beats of the others")
}
