package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netmeshos/internal/config"
	"netmeshos/internal/fault"
)

// A file that was named by mistake may be a secret: the message says where it stops being
// an object, and shows none of its bytes.
func TestErrorsShowNoneOfTheText(t *testing.T) {
	for text, want := range map[string]string{
		"hunter2":                "at line 1, column 1: the configuration must be one JSON object",
		" \n null":               "at line 2, column 2: the configuration must be one JSON object",
		"[1]":                    "at line 1, column 1: the configuration must be one JSON object",
		"":                       "at line 1, column 1: the configuration is empty",
		" \n\n ":                 "at line 3, column 2: the configuration is empty",
		"\ufeff{\"hunter2\":1}":  "at line 1, column 1: the configuration must be one JSON object, but begins with a byte order mark",
		"{\n\"é\xffhunter2\":1}": "at line 2, column 3: the configuration is not valid UTF-8",
		"\xfe\xff\x00{":          "at line 1, column 1: the configuration is not valid UTF-8",
		"{\n \"backpressure_off\":8,\n\"backpressure_on\":7}":           "at line 2, column 2: backpressure_off is 8",
		`{"backpressure_on":7,"inbox_capacity":1,"backpressure_off":8}`: "at line 1, column 41: backpressure_off is 8",
		"{hunter2":                               "can't be read from line 1, column 2 on",
		`{"hunter2"}`:                            "can't be read from line 1, column 11 on",
		`{"this_node":1,"hunter2":hunter2}`:      "can't be read from line 1, column 26 on",
		"{\n \"this_node\": 1\n  hunter2: 2\n}":  "can't be read from line 3, column 3 on",
		"{\n\"é\": hunter2}":                     "can't be read from line 2, column 6 on",
		`{"hunter2":"` + "\x01" + `"}`:           "can't be read from line 1, column 13 on",
		`{"hunter2":` + strings.Repeat("[", 1e5): "can't be read from line 1, column 1",
		`{"hunter2":`:                            "ends too early, at line 1, column 12",
		"{\n\"hunter2":                           "ends too early, at line 2, column 9",
		`{"this_node":1}hunter2`:                 "goes on after its end, at line 1, column 16",
		"{\"hunter2\":1}\n{}":                    "goes on after its end, at line 2, column 1",
		`{"a":1,"a":2}x`:                         "goes on after its end, at line 1, column 14",
	} {
		refusesConfig(t, text, want)
		path := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := config.Read(path)
		if err == nil || !strings.Contains(err.Message, want) || strings.Contains(err.Message, "hunter2") || strings.Contains(err.Message, "invalid_argument") || strings.Contains(err.Message, "'h'") {
			t.Errorf("%.40q: %v, want %q and nothing of the text", text, err, want)
		}
	}
}

// Values of a file are nobody's business: messages show those that a program passes.
func TestMessagesShowNoValueOfAFile(t *testing.T) {
	for key, value := range map[string]string{
		"tick_interval_ms":   `"hunter2"`,
		"max_payload_bytes":  `98765432109876543210`,
		"on_process_failure": `"hunter2"`,
		"watchdog_ms":        `[{"hunter2":98765}]`,
	} {
		text := `{"` + key + `":` + value + `}`
		if _, err := config.Parse([]byte(text)); err == nil || !strings.Contains(err.Message, value) {
			t.Errorf("%s: %v doesn't show the value", text, err)
		}
		path := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := config.Read(path)
		if err == nil || !strings.Contains(err.Message, key) || strings.Contains(err.Message, "hunter2") || strings.Contains(err.Message, "98765") {
			t.Errorf("%s in a file: %v, want the key and not the value", text, err)
		}
	}
}

func TestReadConfig(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, err := config.Read(file("good", `{"watchdog_ms":7}`))
	if err != nil || good != (config.Config{WatchdogMS: 7}) {
		t.Errorf("%+v, %v", good, err)
	}
	for path, words := range map[string][]string{
		file("bad", `{"watchdog":7}`):                 {"watchdog", "bad"},
		file("empty", ""):                             {"object", "empty"},
		file("long", strings.Repeat(" ", 1<<20)+"{}"): {"1 MiB"},
		filepath.Join(dir, "none"):                    {"none"},
		dir:                                           {filepath.Base(dir)},
		"":                                            {"file"},
	} {
		_, err := config.Read(path)
		if err == nil || err.Kind != fault.ConfigInvalid || len(err.Error()) > 800 {
			t.Errorf("%s: %v, want config_invalid", path, err)
			continue
		}
		for _, word := range words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %v doesn't say %q", path, err, word)
			}
		}
	}
}
