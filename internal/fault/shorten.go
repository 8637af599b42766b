package fault

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Shorten keeps a message short whatever the length of a name or value in it.
func Shorten(s string) string {
	const most = 64
	return shorten(s, most)
}

// Excerpt returns the text of an error that isn't ours as a part of a message: on one line,
// in UTF-8, and of at most 256 bytes and an ellipsis. It is never empty, and an error whose
// Error panics has a text too.
func Excerpt(err error) string {
	const most = 256
	text := fmt.Sprint(err)
	text = shorten(text, 2*most) // what follows needn't read all of a long one
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if text = shorten(strings.TrimSpace(text), most); text == "" {
		return "an error without words"
	}
	return text
}

func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
