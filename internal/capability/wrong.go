package capability

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// wrongAt returns where a text stops being the beginning of a JSON array of strings: the
// text's length if it ends too early, -1 if it is one. It is as strict as Parse.
func wrongAt(text []byte) int {
	i := skipSpace(text, 0)
	if i == len(text) || text[i] != '[' {
		return i
	}
	i = skipSpace(text, i+1)
	if i == len(text) || text[i] != ']' {
		for {
			end, wrong := skipTag(text, i)
			if wrong {
				return end
			}
			i = skipSpace(text, end)
			if i == len(text) || text[i] != ',' {
				break
			}
			i = skipSpace(text, i+1)
		}
	}
	if i == len(text) || text[i] != ']' {
		return i
	}
	if i = skipSpace(text, i+1); i < len(text) {
		return i
	}
	return -1
}

func skipSpace(text []byte, i int) int {
	return len(text) - len(bytes.TrimLeft(text[i:], " \t\n\r"))
}

// skipTag returns where a string that begins at i is over, or where it is wrong.
func skipTag(text []byte, i int) (end int, wrong bool) {
	if i == len(text) || text[i] != '"' {
		return i, true
	}
	for i++; i < len(text) && text[i] != '"'; {
		switch c := text[i]; {
		case c < ' ':
			return i, true
		case c == '\\':
			if i, wrong = skipEscape(text, i); wrong {
				return i, true
			}
		default:
			r, size := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError && size == 1 {
				return i, true
			}
			i += size
		}
	}
	return min(i+1, len(text)), i == len(text)
}

// skipEscape is skipTag for an escape, and for both of a surrogate pair.
func skipEscape(text []byte, i int) (end int, wrong bool) {
	if i+1 == len(text) {
		return i + 1, true
	}
	if text[i+1] != 'u' {
		if !bytes.ContainsRune([]byte(`"\/bfnrt`), rune(text[i+1])) {
			return i + 1, true
		}
		return i + 2, false
	}
	if end = skipHex(text, i+2); end < i+6 {
		return end, true
	}
	first, _ := escaped(text[i:])
	if !utf16.IsSurrogate(first) {
		return end, false
	}
	if !bytes.HasPrefix(text[end:], []byte(`\u`)) || skipHex(text, end+2) < end+6 {
		return i, true
	}
	if second, _ := escaped(text[end:]); utf16.DecodeRune(first, second) == utf8.RuneError {
		return i, true
	}
	return end + 6, false
}

// skipHex skips up to four hexadecimal digits.
func skipHex(text []byte, i int) int {
	for most := min(i+4, len(text)); i < most; i++ {
		if !bytes.ContainsRune([]byte("0123456789abcdefABCDEF"), rune(text[i])) {
			break
		}
	}
	return i
}
