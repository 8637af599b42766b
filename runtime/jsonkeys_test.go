package meshos_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	meshos "netmeshos/runtime"
)

// keysOf collects the paths of all keys in JSON: a.b, and a[].b in arrays.
func keysOf(v any, path string, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			key := strings.TrimPrefix(path+"."+name, ".")
			into[key] = true
			keysOf(value, key, into)
		}
	case []any:
		for _, value := range v {
			keysOf(value, path+"[]", into)
		}
	}
}

// documentedKeys returns the keys in the table of one chapter of the document.
func documentedKeys(t *testing.T, chapter string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("../docs/runtime-json.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := bytes.Cut(text, []byte("\n## `"+chapter+"`\n"))
	if !found {
		t.Fatalf("no chapter %s", chapter)
	}
	rest, _, _ = bytes.Cut(rest, []byte("\n## "))
	keys := map[string]bool{}
	row := regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]+) \\|( [^|]+)? \\| ([^|]+) \\|$")
	for _, cells := range row.FindAllSubmatch(rest, -1) {
		if keys[string(cells[1])] {
			t.Errorf("%s is documented twice", cells[1])
		}
		keys[string(cells[1])] = true
	}
	if rows := bytes.Count(rest, []byte("\n| `")); rows != len(keys) {
		t.Errorf("%d rows of %s, %d of them understood", rows, chapter, len(keys))
	}
	return keys
}

func TestEachKeyIsDocumented(t *testing.T) {
	sdk := start(t, quiet)
	h := register(t, sdk, 1, newRecorder(t))
	wantKind(t, "Subscribe", sdk.Subscribe(h.ID(), h.ID()), "")
	wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "fail"), nil), meshos.KindProcessFailed)
	for chapter, text := range map[string][]byte{"runtime_json": sdk.RuntimeJSON(), "logs_json": sdk.LogsJSON(0, 0)} {
		var all any
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatal(err)
		}
		shown := map[string]bool{}
		keysOf(all, "", shown)
		documented := documentedKeys(t, chapter)
		for _, key := range slices.Sorted(maps.Keys(shown)) {
			if !documented[key] {
				t.Errorf("%s: the key %s is not documented", chapter, key)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(documented)) {
			if ofMesh := key == "mesh" || strings.HasPrefix(key, "daemons[].mesh"); !shown[key] && !ofMesh {
				t.Errorf("%s: the documented key %s is not there", chapter, key)
			}
		}
	}
}
