package life

import (
	"errors"
	"testing"
)

// A line says how many others of its kind were not logged.
func TestSuppressedLines(t *testing.T) {
	d := Daemon{7}
	for _, c := range []struct {
		event Limited
		limit string
		note  string
	}{
		{Failed{Daemon: d}, "skipped", ", as 3 others have been since the last such line"},
		{Failed{Daemon: d, Restarts: true}, "", ", as 3 others have been since the last such line"},
		{CallbackFailed{d, "Process", errors.New("no")}, "Process", "; 3 others before it are not shown"},
		{CallbackFailed{d, "Health", errors.New("no")}, "Health", "; 3 others before it are not shown"},
		{OutputPanicked{d, "oh"}, "output function", "; 3 others before it are not shown"},
	} {
		if got := c.event.Limit(); got != c.limit {
			t.Errorf("%#v: the kind is %q, want %q", c.event, got, c.limit)
		}
		if got := c.event.Suppressed(3); got != c.note {
			t.Errorf("%#v: %q, want %q", c.event, got, c.note)
		}
	}
}
