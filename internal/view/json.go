package view

import json "github.com/goccy/go-json"

// minimal writes strings with no escape but those that RFC 8259 requires, as the
// reference does: U+2028 and "<" stand as they are. The strings must be UTF-8.
func minimal[T any](v T) []byte {
	return written(json.MarshalOf(v, json.DisableHTMLEscape(), json.DisableNormalizeUTF8()))
}

// readable is for what people read, so "<" stays "<", and for strings that need
// not be UTF-8: what isn't becomes U+FFFD. U+2028 and U+2029 are escaped.
func readable(v any) []byte {
	return written(json.MarshalWithOption(v, json.DisableHTMLEscape()))
}

func written(text []byte, err error) []byte {
	if err != nil {
		panic(err) // a number that is none, which the types of this package don't hold
	}
	return text
}

// list is s, and an empty array where it would be null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
