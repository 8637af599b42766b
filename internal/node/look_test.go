package node

import (
	"encoding/json"
	"testing"

	"netmeshos/internal/fault"
)

// The live views end with the node; the others work after it too.
func TestLiveViewsEndWithTheNode(t *testing.T) {
	n := startNode(t, quiet, Options{})
	live := map[string]func() ([]byte, *fault.Error){
		"LiveRuntimeJSON": n.LiveRuntimeJSON,
		"LiveLogsJSON":    func() ([]byte, *fault.Error) { return n.LiveLogsJSON(0, 0) },
	}
	for name, look := range live {
		text, err := look()
		if wantFault(t, name, err, ""); !json.Valid(text) {
			t.Errorf("%s: %s", name, text)
		}
	}
	wantFault(t, "Shutdown", n.Shutdown(nil), "")
	for name, look := range live {
		text, err := look()
		if wantFault(t, name, err, fault.AlreadyShutdown); text != nil {
			t.Errorf("%s after Shutdown: %s", name, text)
		}
	}
	if !json.Valid(n.RuntimeJSON()) || !json.Valid(n.LogsJSON(0, 0)) {
		t.Error("the others have ended too")
	}
}
