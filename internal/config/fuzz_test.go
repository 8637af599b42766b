package config_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"netmeshos/internal/config"
	"netmeshos/internal/fault"
)

// parsesLikeTheStandardLibrary compares Parse with encoding/json.
func parsesLikeTheStandardLibrary(t *testing.T, text []byte) {
	t.Helper()
	c, err := config.Parse(text)
	if err != nil && err.Kind != fault.InvalidArgument {
		t.Fatalf("%q: %v", text, err)
	}
	var values map[string]json.RawMessage
	strict := utf8.Valid(text) && json.Unmarshal(text, &values) == nil && values != nil && keysIn(text) == len(values)
	want := config.Config{}
	if _, meshed := values["mesh"]; meshed {
		return // no oracle: its keys have tests of their own
	}
	for name, value := range values {
		if key, known := configNumbers[name]; known {
			n := key.field(&want)
			strict = strict && string(value) != "null" && json.Unmarshal(value, n) == nil && *n <= key.max
		} else if key, known := configWords[name]; known {
			s := key.field(&want)
			strict = strict && json.Unmarshal(value, s) == nil && slices.Contains(key.allowed, *s)
		} else if field, known := configTexts[name]; known {
			s := field(&want)
			strict = strict && string(value) != "null" && json.Unmarshal(value, s) == nil && !strings.Contains(*s, "\x00")
		} else {
			strict = false
		}
	}
	// The marks depend on each other; another test covers them.
	if err != nil && strict && strings.Contains(err.Error(), "must not be greater than backpressure_on") {
		return
	}
	if (err == nil) != strict {
		t.Fatalf("%q: %v, but it is such an object: %v", text, err, strict)
	}
	if err == nil && c != want {
		t.Fatalf("%q: %+v, want %+v", text, c, want)
	}
	if err != nil && c != (config.Config{}) {
		t.Fatalf("%q: refused, and %+v", text, c)
	}
}

// keysIn counts the keys of an object, those that are there twice as two.
func keysIn(text []byte) (keys int) {
	d := json.NewDecoder(bytes.NewReader(text))
	_, _ = d.Token() // the brace
	for d.More() {
		if _, err := d.Token(); err != nil {
			return -1
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return -1
		}
		keys++
	}
	return keys
}

func FuzzConfig(f *testing.F) {
	for _, name := range configKeys() {
		f.Add([]byte(`{"` + name + `":1}`))
	}
	for _, text := range []string{
		`{"on_process_failure":"restart","this_node":18446744073709551615}`, `{"this_node":1,"this_node":2}`, `{"state_dir":"a\u0000"}`, `{"state_dir":null}`,
		`{"\u0074his_node": 3 }`, `{"this_node":-0}`, `{"this_node":1e2}`, "{}\n", "[]", "null", `{"this_node":{"a":[1,"b"]}}`,
		`{"on_process_failure":"\ud800"}`, "{\"this_node\":1\x00}", `{"this_node":1}x`, "{\"a\x01\":1}",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(parsesLikeTheStandardLibrary)
}
