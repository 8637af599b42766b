// Package capability reads the tags by which a daemon says what it offers, from the JSON
// text that a host publishes.
package capability

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	json "github.com/goccy/go-json"

	"netmeshos/internal/fault"
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
		return nil, errNotUTF8
	}
	var tags []string
	if err := json.UnmarshalOf(text, &tags); err != nil {
		return nil, refusal(err)
	}
	// A null is read as the zero value: a nil slice for the array, an empty string for a
	// tag. Only texts with these results need a second look.
	if tags == nil || slices.Contains(tags, "") && hasNull(text) {
		return nil, errNotStrings
	}
	if hasHalfPair(text) {
		return nil, errHalfPair
	}
	return tags, nil
}

var (
	errNotStrings = fault.New(fault.InvalidArgument, `the capability tags must be a JSON array of strings, such as ["a", "b"]`)
	errNotUTF8    = fault.New(fault.InvalidArgument, "the capability tags are not valid UTF-8")
	errHalfPair   = fault.New(fault.InvalidArgument, "a capability tag has half of a surrogate pair as an escape, which is no character")
)

// refusal returns the error for a text that can't be read.
func refusal(err error) *fault.Error {
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return fault.New(fault.InvalidArgument, "%s: the text can't be read at byte %d", errNotStrings.Message, syntax.Offset)
	}
	return errNotStrings
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
