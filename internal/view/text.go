package view

const hexDigits = "0123456789abcdef"

// shortEscapes are the two-character forms of RFC 8259, section 7, that must
// be used: all but that of the solidus.
var shortEscapes = [utf8Control]byte{'\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r'}

// utf8Control is the first character that is no control character.
const utf8Control = 0x20

// appendString appends s, valid UTF-8, as a JSON string that escapes only what
// RFC 8259 requires. No JSON package can be told to write U+2028 as it is,
// which the reference does.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8Control && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch {
		case c >= utf8Control:
			dst = append(dst, '\\', c)
		case shortEscapes[c] != 0:
			dst = append(dst, '\\', shortEscapes[c])
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
