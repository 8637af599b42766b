package fault_test

import (
	"errors"
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

func TestExcerpt(t *testing.T) {
	for in, want := range map[string]string{
		"words":                            "words",
		"":                                 "an error without words",
		" \n":                              "an error without words",
		"a\tb\nc\x7f\u0085d":               "a b c  d",
		"a\xffb":                           "a\uFFFDb",
		strings.Repeat("x", 256):           strings.Repeat("x", 256),
		strings.Repeat("x", 257):           strings.Repeat("x", 256) + "…",
		strings.Repeat("x", 255) + "éé":    strings.Repeat("x", 255) + "…",
		strings.Repeat("\xff\x00", 100000): strings.Repeat("\uFFFD ", 64) + "…",
	} {
		if got := fault.Excerpt(errors.New(in)); got != want {
			t.Errorf("%.20q: %q, want %q", in, got, want)
		}
	}
}
