package main

import (
	"bytes"
	"unicode"

	meshos "netmeshos/runtime"
)

// splitter emits the words of each line that it gets. It has no state.
type splitter struct{}

// Process implements meshos.Daemon.
func (splitter) Process(line meshos.InboundEvent, emit func(payload []byte)) error {
	for word := range bytes.FieldsFuncSeq(line.Payload, isNoLetter) {
		emit(bytes.ToLower(word))
	}
	return nil
}

func isNoLetter(r rune) bool { return !unicode.IsLetter(r) }
