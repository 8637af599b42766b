//go:build mesh

package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
)

// What somebody else has put into the audit stream hides no order.
func TestAuditPassesOverWhatIsNoRecord(t *testing.T) {
	w := startWorld(t, "")
	names := w.link.Names()
	w.store(names.Audit(), "junk")
	w.store(names.Audit(), `{"v":1}`)
	w.run("drain", "7", "--key", w.key)
	record, err := w.link.Last(context.Background(), names.Audit())
	if err != nil {
		t.Fatal(err)
	}
	w.store(names.Audit(), strings.Replace(string(record.Data), `"drain"`, `"resume"`, 1)) // its signature is of another order
	w.store(names.Audit(), string(record.Data))                                            // twice
	w.store(names.Audit(), "")
	w.run("resume", "7", "--key", w.key)
	status, out, errors := w.try("", "audit", "--json")
	var audit []struct{ Command string }
	if err := json.Unmarshal([]byte(out), &audit); status != 0 || err != nil {
		t.Fatalf("status %d: %s, %v", status, errors, err)
	}
	if len(audit) != 2 || audit[0].Command != "drain" || audit[1].Command != "resume" {
		t.Errorf("audit %+v", audit)
	}
	if !strings.Contains(errors, "5 messages") {
		t.Errorf("standard error has %q", errors)
	}
}
