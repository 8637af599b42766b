package fault_test

import (
	"strings"
	"testing"

	"netmeshos/internal/fault"
)

func TestShorten(t *testing.T) {
	x := strings.Repeat("x", 63)
	for in, want := range map[string]string{
		"":                               "",
		x + "y":                          x + "y",
		x + "yz":                         x + "y…",
		x + "é":                          x + "…", // a character is not cut in half
		x + "y\u20ac":                    x + "y…",
		strings.Repeat("\U0001f600", 17): strings.Repeat("\U0001f600", 16) + "…",
		strings.Repeat("\x80", 100):      "…",
	} {
		if got := fault.Shorten(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
