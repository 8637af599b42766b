package main

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// full is a writer without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no room") }

func TestOutputThatCantBeWritten(t *testing.T) {
	for _, args := range []string{"--help", "--version", "post --help", ""} {
		var said strings.Builder
		status := run(strings.Fields(args), strings.NewReader(""), full{}, &said)
		if status != statusFailed || !strings.HasPrefix(said.String(), "meshos: ") || !strings.HasSuffix(said.String(), "no room\n") {
			t.Errorf("%q: status %d, %q", args, status, said.String())
		}
		said.Reset()
		if status := run(strings.Fields(args), strings.NewReader(""), io.Discard, &said); status != 0 || said.Len() > 0 {
			t.Errorf("%q with room: status %d, %q", args, status, said.String())
		}
	}
}
