package meshos

import (
	"unicode/utf8"

	"netmeshos/internal/fault"
)

// parseTags reads a JSON array of strings, strictly as RFC 8259 has it, and with
// no half of a surrogate pair. It is written by hand because the packages that
// read JSON take more than that, and several times as long.
func parseTags(text []byte) ([]string, *Error) {
	if !utf8.Valid(text) {
		return nil, fault.New(fault.InvalidArgument, "the capability tags are not valid UTF-8")
	}
	s := scanner{text: string(text)} // that the tags share
	if !s.take('[') {
		return nil, s.wrong(`the capability tags must be a JSON array of strings, such as ["a", "b"]`)
	}
	tags := make([]string, 0, 4)
	for !s.take(']') {
		if len(tags) > 0 && !s.take(',') {
			return nil, s.wrong("a comma or the end of the array must come after a capability tag")
		}
		tag, err := s.tag()
		if err != nil {
			return nil, err
		}
		tags = append(tags, tag)
	}
	if s.space(); s.at < len(s.text) {
		return nil, s.wrong("nothing but white space may come after the array of capability tags")
	}
	return tags, nil
}

// scanner reads JSON that is valid UTF-8.
type scanner struct {
	text string
	at   int
}

// wrong is an error at the place that has been come to.
func (s *scanner) wrong(what string) *Error {
	return fault.New(fault.InvalidArgument, "%s (at byte %d of the JSON text)", what, s.at)
}

func (s *scanner) space() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\n' || s.text[s.at] == '\t' || s.text[s.at] == '\r') {
		s.at++
	}
}

// take goes past white space, and past c if that is next.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.at == len(s.text) || s.text[s.at] != c {
		return false
	}
	s.at++
	return true
}

// tag reads a string. One without escapes is a part of the text.
func (s *scanner) tag() (string, *Error) {
	if !s.take('"') {
		return "", s.wrong("a capability tag must be a JSON string")
	}
	for start := s.at; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return s.text[start : s.at-1], nil
		case c == '\\':
			return s.escaped(append(make([]byte, 0, 2*(s.at-start)+16), s.text[start:s.at]...))
		case c < ' ':
			return "", s.wrong("a capability tag has a control character, which JSON has as an escape")
		}
	}
	return "", s.wrong("a capability tag doesn't end")
}

// escaped reads the rest of a string from its first escape on.
func (s *scanner) escaped(tag []byte) (string, *Error) {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return string(tag), nil
		case c == '\\':
			r, n := escape(s.text[s.at:])
			if n == 0 {
				return "", s.wrong("a capability tag has an escape that JSON doesn't have, or half of a surrogate pair")
			}
			tag = utf8.AppendRune(tag, r)
			s.at += n
		case c < ' ':
			return "", s.wrong("a capability tag has a control character, which JSON has as an escape")
		default:
			tag = append(tag, c)
			s.at++
		}
	}
	return "", s.wrong("a capability tag doesn't end")
}

// shortEscapes are what stands after a backslash for one character.
var shortEscapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape reads the escape, or the pair of escapes, at the start of the text, and
// says how long it is; 0: it is none.
func escape(text string) (rune, int) {
	if len(text) < 2 {
		return 0, 0
	}
	if c := shortEscapes[text[1]]; c != 0 {
		return rune(c), 2
	}
	unit, ok := escapedUnit(text)
	switch {
	case !ok:
		return 0, 0
	case unit < 0xd800 || unit > 0xdfff:
		return unit, 6
	}
	low, ok := escapedUnit(text[6:])
	if unit > 0xdbff || !ok || low < 0xdc00 || low > 0xdfff {
		return 0, 0
	}
	return 0x10000 + (unit-0xd800)<<10 + (low - 0xdc00), 12
}

// escapedUnit reads a \uXXXX escape at the start of the text.
func escapedUnit(text string) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	var unit rune
	for i := 2; i < 6; i++ {
		c := rune(text[i])
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		unit = unit<<4 | c
	}
	return unit, true
}
