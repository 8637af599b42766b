package meshos_test

import (
	"os"
	"path/filepath"
	"testing"

	meshos "netmeshos/runtime"
)

// The keys and their limits are tested in internal/config.
func TestConfigurationsAreRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	for text, want := range map[string]meshos.Kind{`{"watchdog_ms":7}`: "", "[]": meshos.KindInvalidArgument} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		parsed, err := meshos.ParseConfig([]byte(text))
		wantKind(t, "ParseConfig", err, want)
		if want != "" {
			want = meshos.KindConfigInvalid
		}
		read, err := meshos.ReadConfig(path)
		wantKind(t, "ReadConfig", err, want)
		if parsed != read || (parsed == meshos.Config{WatchdogMS: 7}) != (want == "") {
			t.Errorf("%s: %+v and %+v", text, parsed, read)
		}
	}
}
