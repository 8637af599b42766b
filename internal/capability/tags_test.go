package capability

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"netmeshos/internal/fault"
)

// tagTexts are texts, each with the rule that it tests. wantTags nil: refused.
var tagTexts = []struct {
	rule, text string
	wantTags   []string
}{
	{"an empty array", `[]`, []string{}},
	{"one tag", `["hardware.gpu"]`, []string{"hardware.gpu"}},
	{"several tags keep their order", `["b","a","c"]`, []string{"b", "a", "c"}},
	{"duplicates are kept", `["a","a"]`, []string{"a", "a"}},
	{"an empty tag", `[""]`, []string{""}},
	{"white space around everything", " \t\r\n[ \t\r\n\"a\" \t\r\n, \t\r\n\"b\" \t\r\n] \t\r\n", []string{"a", "b"}},
	{"white space in an empty array", "[ \t\r\n]", []string{}},
	{"a tag that looks like JSON", `["[\"x\",null]"]`, []string{`["x",null]`}},
	{"a tag of a word", `["null"]`, []string{"null"}},
	{"every short escape", `["\"\\\/\b\f\n\r\t"]`, []string{"\"\\/\b\f\n\r\t"}},
	{"an escape of NUL", `["\u0000"]`, []string{"\x00"}},
	{"an escape in either case", `["\u00e9\u00E9"]`, []string{"éé"}},
	{"an escape of a character of three bytes", `["\u20ac"]`, []string{"€"}},
	{"a surrogate pair", `["\ud83d\ude00"]`, []string{"😀"}},
	{"a surrogate pair in capitals", `["\uD83D\uDE00"]`, []string{"😀"}},
	{"the first and the last pair", `["\ud800\udc00\udbff\udfff"]`, []string{"\U00010000\U0010FFFF"}},
	{"escapes next to the surrogates", `["\ud7ff\ue000"]`, []string{"\ud7ff\ue000"}},
	{"an escape of U+FFFD", `["\ufffd"]`, []string{"\ufffd"}},
	{"characters as they are", `["é€😀"]`, []string{"é€😀"}},
	{"DEL and U+2028 as they are", "[\"\x7f\u2028\"]", []string{"\x7f\u2028"}},
	{"a backslash before u", `["\\ud800"]`, []string{`\ud800`}},
	{"a backslash before a real escape", `["\\\u0041"]`, []string{`\A`}},
	{"backslashes at the end of a tag", `["\\\\","a"]`, []string{`\\`, "a"}},
	{"escapes in several tags", `["\u0041\n","\u0042\n","c"]`, []string{"A\n", "B\n", "c"}},

	{"nothing but white space", " \t\r\n", nil},
	{"null", `null`, nil},
	{"null with white space", ` null `, nil},
	{"an object", `{}`, nil},
	{"an object of tags", `{"a":"b"}`, nil},
	{"a string", `"a"`, nil},
	{"a number", `1`, nil},
	{"true", `true`, nil},
	{"null in the array", `[null]`, nil},
	{"null among tags", `["a",null]`, nil},
	{"null before a tag", `[null,"a"]`, nil},
	{"a number in the array", `[1]`, nil},
	{"a negative number in the array", `["a",-1.5e3]`, nil},
	{"true in the array", `[true]`, nil},
	{"false in the array", `[false]`, nil},
	{"an array in the array", `[[]]`, nil},
	{"tags in an array in the array", `[["a"]]`, nil},
	{"an object in the array", `[{}]`, nil},
	{"an array that does not end", `[`, nil},
	{"an array that does not end after a tag", `["a"`, nil},
	{"an array that does not end after a comma", `["a",`, nil},
	{"a tag that does not end", `["a`, nil},
	{"a tag that ends in a backslash", `["a\`, nil},
	{"a tag whose end is escaped", `["a\"]`, nil},
	{"a trailing comma", `["a",]`, nil},
	{"a leading comma", `[,"a"]`, nil},
	{"only a comma", `[,]`, nil},
	{"two commas", `["a",,"b"]`, nil},
	{"no comma", `["a" "b"]`, nil},
	{"no comma and no space", `["a""b"]`, nil},
	{"a colon", `["a":"b"]`, nil},
	{"text after the array", `["a"]x`, nil},
	{"text after white space", `["a"] x`, nil},
	{"an array after the array", `["a"]["b"]`, nil},
	{"a bracket after the array", `["a"]]`, nil},
	{"a comma after the array", `["a"],`, nil},
	{"a NUL after the array", "[\"a\"]\x00", nil},
	{"a NUL and text after the array", "[\"a\"]\x00x", nil},
	{"a NUL before the array", "\x00[]", nil},
	{"a NUL in the array", "[\"a\",\x00\"b\"]", nil},
	{"a NUL for the end of the array", "[\"a\"\x00", nil},
	{"a byte-order mark", "\ufeff[\"a\"]", nil},
	{"a byte-order mark after the array", "[\"a\"]\ufeff", nil},
	{"another white space", "[\u00a0]", nil},
	{"a vertical tab", "[\v]", nil},
	{"a form feed around", "\f[]", nil},
	{"a comment", `[/**/"a"]`, nil},
	{"single quotes", `['a']`, nil},
	{"no quotes", `[a]`, nil},
	{"part of a word", `[nul]`, nil},
	{"a word that goes on", `[nullx]`, nil},
	{"a word in capitals", `[NULL]`, nil},
	{"a raw NUL in a tag", "[\"\x00\"]", nil},
	{"a raw control character in a tag", "[\"\x1f\"]", nil},
	{"a raw tab in a tag", "[\"\t\"]", nil},
	{"a raw line feed in a tag", "[\"a\nb\"]", nil},
	{"a raw carriage return in a tag", "[\"\r\"]", nil},
	{"a raw control character after an escape", "[\"\\n\x01\"]", nil},
	{"an unknown escape", `["\a"]`, nil},
	{"an unknown escape of a digit", `["\0"]`, nil},
	{"a hexadecimal escape", `["\x41"]`, nil},
	{"an escaped single quote", `["\'"]`, nil},
	{"an escape in capitals", `["\N"]`, nil},
	{"a unicode escape in capitals", `["\U0041"]`, nil},
	{"an escaped line feed", "[\"\\\n\"]", nil},
	{"an escaped character", `["\é"]`, nil},
	{"an escape without digits", `["\u"]`, nil},
	{"an escape without digits and a tag", `["\u","A"]`, nil},
	{"an escape of three digits", `["\u004"]`, nil},
	{"an escape of three digits and a quote", `["\u004"","a"]`, nil},
	{"an escape with a letter that is no digit", `["\u004g"]`, nil},
	{"an escape with a sign", `["\u+041"]`, nil},
	{"an escape with a space", `["\u 041"]`, nil},
	{"an escape with braces", `["\u{41}"]`, nil},
	{"an escape with bytes above 127", `["\u00é"]`, nil},
	{"an escape that the text cuts", `["\u00`, nil},
	{"the first half of a pair", `["\ud83d"]`, nil},
	{"the second half of a pair", `["\ude00"]`, nil},
	{"the second half twice", `["\ude00\ude00"]`, nil},
	{"the halves exchanged", `["\ude00\ud83d"]`, nil},
	{"the first half twice", `["\ud83d\ud83d"]`, nil},
	{"the first half twice, then the second", `["\ud83d\ud83d\ude00"]`, nil},
	{"the first half and a letter", `["\ud83dx"]`, nil},
	{"the first half and another escape", `["\ud83d\n"]`, nil},
	{"the first half and an escape of a letter", `["\ud83d\u0041"]`, nil},
	{"the first half and a backslash and text", `["\ud83d\\ude00"]`, nil},
	{"the halves in two tags", `["\ud83d","\ude00"]`, nil},
	{"half of a pair in capitals", `["\uD83D"]`, nil},
	{"half of a pair after a whole one", `["\ud83d\ude00\ude00"]`, nil},
	{"half of a pair after U+FFFD", `["\ufffd\ud800"]`, nil},
	{"a truncated character", "[\"\xc3\"]", nil},
	{"a character in overlong form", "[\"\xc0\xaf\"]", nil},
	{"a surrogate in UTF-8", "[\"\xed\xa0\x80\"]", nil},
	{"a character above U+10FFFF", "[\"\xf4\x90\x80\x80\"]", nil},
	{"a stray byte outside the array", "[]\xff", nil},
}

func TestCapabilityJSON(t *testing.T) {
	for _, c := range tagTexts {
		t.Run(c.rule, func(t *testing.T) {
			compareTags(t, []byte(c.text))
			tags, err := Parse([]byte(c.text))
			switch {
			case c.wantTags == nil && err == nil:
				t.Fatalf("%q is taken as %q, want it refused", c.text, tags)
			case c.wantTags != nil && err != nil:
				t.Fatalf("%q is refused: %v", c.text, err)
			case !slices.Equal(tags, c.wantTags):
				t.Fatalf("%q is read as %q, want %q", c.text, tags, c.wantTags)
			}
		})
	}
}

// Many JSON packages handle long texts by other code: buffers that grow, loops that read
// several bytes per step.
func TestCapabilityJSONOfAnyLength(t *testing.T) {
	for n := range 70 {
		pad := strings.Repeat("x", n)
		for _, c := range tagTexts {
			compareTags(t, []byte(strings.Replace(c.text, `"`, `"`+pad, 1)))
			compareTags(t, []byte(strings.Repeat(" ", n)+c.text))
		}
	}
	many := `["` + strings.Repeat(`\ud83d\ude00","`, 10_000) + `"]`
	compareTags(t, []byte(many))
	compareTags(t, []byte(`["`+strings.Repeat("a", 1<<20)+`"]`))
	compareTags(t, []byte(strings.Repeat("[", 100_000)))
	compareTags(t, []byte(strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)))
}

// compareTags fails the test unless Parse agrees with strictTags on a text and leaves the
// text, which is the host's, unchanged.
func compareTags(t *testing.T, text []byte) {
	t.Helper()
	before := string(text)
	tags, err := Parse(text)
	if string(text) != before {
		t.Fatalf("%q has become %q", before, text)
	}
	want, ok := strictTags(text)
	switch {
	case ok && err != nil:
		t.Fatalf("%q is refused, want %q: %v", text, want, err)
	case !ok && err == nil:
		t.Fatalf("%q is taken as %q, want it refused", text, tags)
	case !slices.Equal(tags, want):
		t.Fatalf("%q is read as %q, want %q", text, tags, want)
	case err != nil && (err.Message == "" || !errors.Is(err, &fault.Error{Kind: fault.InvalidArgument})):
		t.Fatalf("%q is refused with %q, want invalid_argument and words", text, err)
	}
	// What comes before the place is an array of strings, or could still become one.
	at := wrongAt(text)
	if (at < 0) != ok || at >= 0 && wrongAt(text[:at]) != at && wrongAt(text[:at]) >= 0 {
		t.Fatalf("%q is said to be wrong at %d", text, at)
	}
}

// FuzzTags looks for texts that Parse and the standard library
// disagree about.
func FuzzTags(f *testing.F) {
	for _, c := range tagTexts {
		f.Add([]byte(c.text))
	}
	f.Add([]byte(`["` + strings.Repeat(`a\n`, 40) + `", "` + strings.Repeat(`\u00e9`, 40) + `"]`))
	f.Fuzz(func(t *testing.T, text []byte) { compareTags(t, text) })
}

// The message of an error says what was wrong.
func TestErrorsSayWhatWasWrong(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":"b"}`:             "array of strings",
		`null`:                  "array of strings",
		`["a",null,1]`:          "array of strings",
		`["",null]`:             "array of strings",
		``:                      "they end too early, at line 1, column 1",
		" x":                    "they can't be read from line 1, column 2 on",
		`["a" "b"]`:             "they can't be read from line 1, column 6 on",
		`["a"`:                  "they end too early, at line 1, column 5",
		"[\"é\",\n\"é\",\n  1]": "they can't be read from line 3, column 3 on",
		"[\"a\"]\n]":            "from line 2, column 1 on",
		`["a\`:                  "at line 1, column 5",
		`["\u00x0"]`:            "from line 1, column 7 on",
		`["b\ud800"]`:           "surrogate pair as an escape, which is no character: they can't be read from line 1, column 4 on",
		"[\"\xff\"]":            "not valid UTF-8: they can't be read from line 1, column 3 on",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Message, want) {
			t.Errorf("%q: %v doesn't say %q", text, err, want)
		}
	}
}

// The host may change its text as soon as the call has returned.
func TestTagsShareNoMemoryWithTheText(t *testing.T) {
	text := []byte(`["hardware.gpu","\u0061bc"]`)
	tags, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for i := range text {
		text[i] = 'x'
	}
	if !slices.Equal(tags, []string{"hardware.gpu", "abc"}) {
		t.Errorf("%q", tags)
	}
}

func BenchmarkTwoTags(b *testing.B) {
	text := []byte(`["hardware.gpu", "tier.gold"]`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}
