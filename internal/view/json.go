package view

import json "github.com/goccy/go-json"

// marshalMinimal marshals v with only the escapes that RFC 8259 requires, like the reference
// library: U+2028 and "<" are not escaped. The strings must be UTF-8.
func marshalMinimal[T any](v T) []byte {
	return mustMarshal(json.MarshalOf(v, json.DisableHTMLEscape(), json.DisableNormalizeUTF8()))
}

// marshalReadable marshals v for people: "<" is not escaped. Strings need not be UTF-8; invalid
// bytes become U+FFFD. U+2028 and U+2029 are escaped.
func marshalReadable(v any) []byte {
	return mustMarshal(json.MarshalWithOption(v, json.DisableHTMLEscape()))
}

// mustMarshal returns the text of a marshal that can't fail.
func mustMarshal(text []byte, err error) []byte {
	if err != nil {
		panic(err) // NaN or infinity, which the types of this package never hold
	}
	return text
}

// list returns s, or an empty slice for nil, which JSON would show as null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
