package capability

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"unicode/utf8"
)

// strictTags reads capability tags slowly and strictly, with the standard library alone.
// Tests compare Parse with it, so the two share no code.
func strictTags(text []byte) (tags []string, ok bool) {
	if !utf8.Valid(text) || !json.Valid(text) || !onlyStrings(text) {
		return nil, false
	}
	var literals []json.RawMessage
	if err := json.Unmarshal(text, &literals); err != nil {
		return nil, false
	}
	tags = make([]string, len(literals))
	for i, literal := range literals {
		if err := json.Unmarshal(literal, &tags[i]); err != nil || !wholeCharacters(literal, tags[i]) {
			return nil, false
		}
	}
	return tags, true
}

// onlyStrings reports whether the tokens are one array of strings and nothing else.
func onlyStrings(text []byte) bool {
	tokens := json.NewDecoder(bytes.NewReader(text))
	for n := 0; ; n++ {
		token, err := tokens.Token()
		if err != nil {
			return false
		}
		_, isString := token.(string)
		switch {
		case n == 0 && token != json.Delim('['):
			return false
		case n > 0 && token == json.Delim(']'):
			_, err := tokens.Token()
			return err == io.EOF
		case n > 0 && !isString:
			return false
		}
	}
}

// wholeCharacters reports whether a literal has no half of a surrogate pair. The standard
// library reads each half as U+FFFD, so the string has more of these than its literal.
func wholeCharacters(literal json.RawMessage, value string) bool {
	const replacement = "\uFFFD"
	written := strings.ReplaceAll(string(literal), `\\`, ``) // each remaining backslash starts an escape
	there := strings.Count(written, replacement) + strings.Count(strings.ToLower(written), `\ufffd`)
	return strings.Count(value, replacement) == there
}
