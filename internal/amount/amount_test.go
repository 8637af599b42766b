package amount_test

import (
	"testing"

	"netmeshos/internal/amount"
)

func TestOneIsOne(t *testing.T) {
	for n, want := range map[int]string{0: "0 events were", 1: "1 event was", 2: "2 events were"} {
		if got := amount.Of(n, "event") + " " + amount.Verb(n, "was", "were"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
