// Package capability reads the tags by which a daemon says what it offers, from the JSON
// text that a host publishes.
package capability

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	json "github.com/goccy/go-json"

	"netmeshos/internal/fault"
	"netmeshos/internal/place"
)

// Parse reads capability tags from a JSON array of strings. It is as strict as RFC 8259:
// one array that holds nothing but strings of whole characters, and nothing after it.
// Duplicates, empty tags and the order are kept. The tags share no memory with the text.
// The error is invalid_argument.
//
// go-json, like the standard library, accepts more: bytes that are not UTF-8 and halves of
// surrogate pairs, both read as U+FFFD, and null in place of the array or a tag.
func Parse(text []byte) ([]string, *fault.Error) {
	if !utf8.Valid(text) {
		return nil, refusal(text, "are not valid UTF-8")
	}
	var tags []string
	if json.UnmarshalOf(text, &tags) != nil {
		return nil, refusal(text, notStrings)
	}
	// A null is read as the zero value: a nil slice for the array, an empty string for a
	// tag. Only texts with these results need a second look.
	if tags == nil || slices.Contains(tags, "") && hasNull(text) {
		return nil, refusal(text, notStrings)
	}
	if hasHalfPair(text) {
		return nil, refusal(text, "have half of a surrogate pair as an escape, which is no character")
	}
	return tags, nil
}

const notStrings = `must be a JSON array of strings, such as ["a", "b"]`

// refusal returns the error for a text that is none, with the place where it stops being
// one.
func refusal(text []byte, why string) *fault.Error {
	at, what := wrongAt(text), "can't be read from %s on"
	if at < 0 {
		return fault.New(fault.InvalidArgument, "the capability tags %s", why)
	}
	if at == len(text) {
		what = "end too early, at %s"
	}
	line, column := place.Of(text, at)
	return fault.New(fault.InvalidArgument, "the capability tags %s: they "+what, why, fmt.Sprintf("line %d, column %d", line, column))
}

// hasNull reports whether an array of strings and nulls has a null.
func hasNull(text []byte) bool {
	var tags []*string
	return json.UnmarshalOf(text, &tags) != nil || slices.Contains(tags, nil)
}

// hasHalfPair reports whether valid JSON has an escape for half of a surrogate pair
// without the other half. In valid JSON every backslash begins an escape.
func hasHalfPair(text []byte) bool {
	for {
		at := bytes.IndexByte(text, '\\')
		if at < 0 {
			return false
		}
		text = text[at:]
		first, size := escaped(text)
		text = text[size:]
		if !utf16.IsSurrogate(first) {
			continue
		}
		second, size := escaped(text)
		if utf16.DecodeRune(first, second) == utf8.RuneError {
			return true
		}
		text = text[size:]
	}
}

// escaped returns the UTF-16 unit of the \uXXXX escape at the start of a text, and the
// escape's length. Without such an escape the unit is 0.
func escaped(text []byte) (unit rune, size int) {
	if !bytes.HasPrefix(text, []byte(`\u`)) {
		return 0, min(2, len(text))
	}
	n, _ := strconv.ParseUint(string(text[2:6]), 16, 16) // valid JSON has four digits there
	return rune(n), 6
}
