package meshos

import (
	"bytes"
	"unicode/utf8"

	"github.com/goccy/go-json"

	"netmeshos/runtime/fault"
)

// parseTags reads a JSON array of strings. The JSON package takes more than
// RFC 8259 allows here (null for an array or a string, half of a surrogate
// pair), so what it takes too much is refused around it.
func parseTags(text []byte) ([]string, *Error) {
	if !utf8.Valid(text) {
		return nil, fault.New(fault.InvalidArgument, "the capability tags are not valid UTF-8")
	}
	if !bytes.HasPrefix(bytes.TrimLeft(text, " \t\n\r"), []byte{'['}) {
		return nil, fault.New(fault.InvalidArgument, `the capability tags must be a JSON array of strings, such as ["a", "b"]`)
	}
	var found []*string
	if err := json.Unmarshal(text, &found); err != nil {
		return nil, fault.New(fault.InvalidArgument, "the capability tags are not a JSON array of strings: %w", err)
	}
	if loneSurrogate(text) {
		return nil, fault.New(fault.InvalidArgument, `the capability tags have a \u escape that is half of a surrogate pair`)
	}
	tags := make([]string, len(found))
	for i, tag := range found {
		if tag == nil {
			return nil, fault.New(fault.InvalidArgument, "capability tag %d is null, but must be a string", i)
		}
		tags[i] = *tag
	}
	return tags, nil
}

// loneSurrogate reports whether JSON text has an escaped surrogate without its
// other half. In valid JSON a backslash occurs only as the start of an escape.
func loneSurrogate(text []byte) bool {
	for {
		at := bytes.IndexByte(text, '\\')
		if at < 0 {
			return false
		}
		text = text[at:]
		unit, ok := escapedUnit(text)
		switch {
		case !ok:
			text = text[2:]
		case unit < 0xd800 || unit > 0xdfff:
			text = text[6:]
		default:
			low, ok := escapedUnit(text[6:])
			if unit > 0xdbff || !ok || low < 0xdc00 || low > 0xdfff {
				return true
			}
			text = text[12:]
		}
	}
}

// escapedUnit reads a \uXXXX escape at the start of text.
func escapedUnit(text []byte) (uint16, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	var unit uint16
	for _, c := range text[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		unit = unit<<4 | uint16(c)
	}
	return unit, true
}
