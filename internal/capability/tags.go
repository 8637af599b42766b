// Package capability owns the tags by which a daemon says what it offers: the
// JSON text that a host publishes them as, and what is refused in it.
package capability

import (
	"errors"
	"slices"
	"unicode/utf8"

	"github.com/goccy/go-json/jsontext"
	json "github.com/goccy/go-json/v2"

	"netmeshos/internal/fault"
)

// Parse reads capability tags from a JSON array of strings, strictly as RFC 8259
// has it: one array, in which everything is a string of whole characters, and
// nothing after it. Duplicates and empty tags are kept, and so is the order. The
// tags share no memory with the text. The error is invalid_argument.
//
// The v2 package reads because its grammar is the strict one: it refuses bytes
// that are not UTF-8 and halves of surrogate pairs, for which the other puts
// U+FFFD.
func Parse(text []byte) ([]string, *fault.Error) {
	var tags []string
	if err := json.UnmarshalOf(text, &tags); err != nil {
		return nil, refusal(text, err)
	}
	// A null leaves the zero value behind: a nil slice for the array, an empty
	// string for a tag. Only these texts are worth a second look.
	if tags == nil || slices.Contains(tags, "") && hasNull(text) {
		return nil, errNotStrings
	}
	return tags, nil
}

var (
	errNotStrings = fault.New(fault.InvalidArgument, `the capability tags must be a JSON array of strings, such as ["a", "b"]`)
	errNotUTF8    = fault.New(fault.InvalidArgument, "the capability tags are not valid UTF-8")
)

// hasNull reports whether an array of strings and nulls has a null.
func hasNull(text []byte) bool {
	var tags []*string
	return json.UnmarshalOf(text, &tags) != nil || slices.Contains(tags, nil)
}

// refusal says why a text can't be read.
func refusal(text []byte, err error) *fault.Error {
	var syntax *jsontext.SyntacticError
	switch {
	case !utf8.Valid(text):
		return errNotUTF8
	case errors.As(err, &syntax):
		return fault.New(fault.InvalidArgument,
			"the capability tags are not JSON from byte %d of the text on: they must be an array of strings, such as [\"a\", \"b\"]", syntax.ByteOffset)
	}
	return errNotStrings
}
