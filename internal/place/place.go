// Package place says where in a text something is, for people.
package place

import (
	"bytes"
	"unicode/utf8"
)

// Of returns the line and the column of an offset in a text, counted from 1. Columns are
// characters.
func Of(text []byte, at int) (line, column int) {
	before := text[:at]
	return bytes.Count(before, []byte{'\n'}) + 1, utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
}
