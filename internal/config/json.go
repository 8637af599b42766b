package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	json "github.com/goccy/go-json"

	"netmeshos/internal/fault"
	"netmeshos/internal/place"
)

// Parse reads a configuration from one JSON object. All keys are optional, and none may be
// repeated. Fields without a key stay 0. Every error is
// invalid_argument and names the key.
func Parse(text []byte) (Config, *fault.Error) { return parse(text, quoted) }

func parse(text []byte, show func([]byte) string) (Config, *fault.Error) {
	var c Config
	values, err := members(text)
	if err != nil {
		return Config{}, err
	}
	places, err := keyPlaces(text, 0, len(text), "")
	if err != nil {
		return Config{}, err
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if name == meshKey {
			m, at, err := parseMesh(text, valuePlace(text, places[name]), valuePlace(text, places[name])+len(bytes.TrimSpace(values[name])), show)
			if err != nil {
				line, column := place.Of(text, at)
				return Config{}, fault.New(err.Kind, "at line %d, column %d: %s", line, column, err.Message)
			}
			c.Mesh = m
			continue
		}
		if err := c.set(name, bytes.TrimSpace(values[name]), show); err != nil {
			line, column := place.Of(text, places[name])
			return Config{}, fault.New(err.Kind, "at line %d, column %d: %s", line, column, err.Message)
		}
	}
	if _, err := Complete(c); err != nil {
		at, found := places["backpressure_off"] // only that one can be wrong beside another
		if !found {
			at = places["backpressure_on"]
		}
		line, column := place.Of(text, at)
		return Config{}, fault.New(err.Kind, "at line %d, column %d: %s", line, column, err.Message)
	}
	return c, nil
}

// Read is Parse for a file. Every error is config_invalid.
func Read(path string) (Config, *fault.Error) {
	text, err := readFile(path)
	if err != nil {
		return Config{}, fault.New(fault.ConfigInvalid, "the configuration file %s can't be read: %w", fault.Shorten(path), withoutText(err))
	}
	c, refused := parse(text, hidden)
	if refused != nil {
		return Config{}, InFile(path, refused)
	}
	return c, nil
}

// InFile is an error of the configuration in a file: config_invalid, with the words of the error
// that it is in another one.
func InFile(path string, err *fault.Error) *fault.Error {
	return fault.New(fault.ConfigInvalid, "the configuration file %s: %s", fault.Shorten(path), err.Message)
}

// JSON returns the configuration as one JSON object with all keys, in the order of the table
// in net_meshos_ext.h.
func (c Config) JSON() []byte {
	text := []byte{'{'}
	for i, k := range numbers {
		if i > 0 {
			text = append(text, ',')
		}
		text = fmt.Appendf(text, "%q:%d", k.name, *k.field(&c))
	}
	for _, k := range words {
		value, _ := json.Marshal(*k.field(&c)) // a string can't fail
		text = fmt.Appendf(text, ",%q:%s", k.name, value)
	}
	for _, k := range texts {
		value, _ := json.Marshal(*k.field(&c))
		text = fmt.Appendf(text, ",%q:%s", k.name, value)
	}
	if c.Mesh != nil {
		text = fmt.Appendf(text, ",%q:%s", meshKey, c.Mesh.json())
	}
	return append(text, '}')
}

// ForArguments returns the arguments of a start, completed by those of a file; the path ""
// means no file. An argument that is not zero comes before the file's. Every error is
// config_invalid.
func ForArguments(path string, arguments Config) (Config, *fault.Error) {
	if path == "" {
		return arguments, nil
	}
	c, err := Read(path)
	if err != nil {
		return Config{}, err
	}
	return c.Overlay(arguments), nil
}

// quoted is how messages show a value that the caller has passed.
func quoted(value []byte) string { return fault.Shorten(string(value)) }

// hidden is how messages show a value from a file, which may be secret.
func hidden([]byte) string { return "another value" }

// members returns the unparsed values of a JSON object. No error shows any of the text:
// it may be a file that was never meant to be a configuration.
func members(text []byte) (map[string]json.RawMessage, *fault.Error) {
	if at, what := noObject(text); what != "" {
		line, column := place.Of(text, at)
		return nil, fault.New(fault.InvalidArgument, "at line %d, column %d: %s", line, column, what)
	}
	var values map[string]json.RawMessage
	if err := json.UnmarshalOf(text, &values); err != nil {
		return nil, fault.New(fault.InvalidArgument, "the configuration is not one JSON object: %s", whatIsWrong(text, err))
	}
	return values, nil
}

// noObject says where and why a text can't be a JSON object, if that is seen without reading it.
func noObject(text []byte) (at int, what string) {
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		return 0, "the configuration must be one JSON object, but begins with a byte order mark: save it as UTF-8 without one"
	}
	for at < len(text) {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size == 1 {
			return at, "the configuration is not valid UTF-8"
		}
		at += size
	}
	at = len(text) - len(bytes.TrimLeft(text, " \t\n\r"))
	switch {
	case at == len(text):
		return at, `the configuration is empty, but must be one JSON object, such as {"tick_interval_ms": 100}`
	case text[at] != '{':
		return at, `the configuration must be one JSON object, such as {"tick_interval_ms": 100}`
	}
	return 0, ""
}

// whatIsWrong says where a text stops being an object, and why.
func whatIsWrong(text []byte, err error) string {
	at, what := len(text), "it ends too early, at line %d, column %d"
	// Only the message tells a text that ends too soon from one whose last byte is wrong:
	// it is the message for an empty text.
	if err.Error() != json.Unmarshal(nil, new(any)).Error() {
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			at = int(syntax.Offset) - 1
		}
		what = "it can't be read from line %d, column %d on"
		if json.Valid(text[:at]) {
			what = "it goes on after its end, at line %d, column %d"
		}
	}
	line, column := place.Of(text, at)
	return fmt.Sprintf(what, line, column)
}

// valuePlace returns where the value of the key is that is at an offset of a text, which has
// been parsed.
func valuePlace(text []byte, key int) int {
	i := key + 1
	for ; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	i += bytes.IndexByte(text[i:], ':') + 1
	return i + len(text[i:]) - len(bytes.TrimLeft(text[i:], " \t\r\n"))
}

// keyPlaces returns the offsets of the keys of an object, whose text has been parsed: text,
// from (included) to to (excluded). A key that is there twice is an error. Messages show keys with the
// prefix.
func keyPlaces(text []byte, from, to int, prefix string) (map[string]int, *fault.Error) {
	places := make(map[string]int)
	depth, key := 0, false // key: the next string at this depth of the object is a key
	for i := from; i < to; i++ {
		switch text[i] {
		case '{', '[':
			depth++
			key = depth == 1
		case '}', ']':
			depth--
		case ',':
			key = depth == 1
		case ':':
			key = false
		case '"':
			end := i + 1
			for ; text[end] != '"'; end++ {
				if text[end] == '\\' {
					end++
				}
			}
			if key && depth == 1 {
				var name string
				if err := json.UnmarshalOf(text[i:end+1], &name); err != nil {
					return nil, fault.New(fault.InvalidArgument, "the configuration has a key that can't be read: %w", err)
				}
				if _, twice := places[name]; twice {
					line, column := place.Of(text, i)
					return nil, fault.New(fault.InvalidArgument, "the configuration has the key %q twice: again at line %d, column %d", fault.Shorten(prefix+name), line, column)
				}
				places[name] = i
			}
			i = end
		}
	}
	return places, nil
}

// set sets the field of a key to a value, which is JSON.
func (c *Config) set(name string, value []byte, show func([]byte) string) *fault.Error {
	for _, k := range numbers {
		if k.name == name {
			return k.set(k.field(c), value, show)
		}
	}
	for _, k := range words {
		if k.name == name {
			return k.set(k.field(c), value, show)
		}
	}
	for _, k := range texts {
		if k.name == name {
			return k.set(k.field(c), value, show)
		}
	}
	return fault.New(fault.InvalidArgument, "the configuration has no key %q; the nearest are %s", fault.Shorten(name), nearest(name, keyNames()))
}

// set accepts only digits: 1.0 and 1e3 are whole numbers too, but probably a mistake.
func (k number) set(field *uint64, value []byte, show func([]byte) string) *fault.Error {
	if strings.Trim(string(value), "0123456789") != "" {
		return fault.New(fault.InvalidArgument, "%s must be a whole number from 0 to %d, but is %s", k.name, k.max, show(value))
	}
	if json.UnmarshalOf(value, field) != nil || *field > k.max {
		return fault.New(fault.InvalidArgument, "%s is %s, but must not be greater than %d", k.name, show(value), k.max)
	}
	return nil
}

func (k text) set(field *string, value []byte, show func([]byte) string) *fault.Error {
	if value[0] != '"' || json.UnmarshalOf(value, field) != nil || strings.IndexByte(*field, 0) >= 0 {
		return fault.New(fault.InvalidArgument, "%s must be a string without NUL, but is %s", k.name, show(value))
	}
	return nil
}

func (w word) set(field *string, value []byte, show func([]byte) string) *fault.Error {
	if value[0] != '"' || json.UnmarshalOf(value, field) != nil {
		return fault.New(fault.InvalidArgument, "%s must be a string, %s, but is %s", w.name, w.choice(), show(value))
	}
	if !slices.Contains(w.allowed, *field) {
		return fault.New(fault.InvalidArgument, "%s must be %s, but is %s", w.name, w.choice(), show(value))
	}
	return nil
}
