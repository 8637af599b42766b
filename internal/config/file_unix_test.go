//go:build unix

package config_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"netmeshos/internal/config"
	"netmeshos/internal/fault"
)

// What isn't a regular file is refused, and not waited for: nobody writes to this pipe.
func TestOnlyRegularFilesAreRead(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, t.TempDir(), "/dev/null", "/dev/zero"} {
		_, err := config.Read(path)
		if err == nil || err.Kind != fault.ConfigInvalid || !strings.Contains(err.Message, "no regular file") || !strings.Contains(err.Message, path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
