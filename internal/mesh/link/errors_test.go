package link

import (
	"errors"
	"testing"

	"netmeshos/internal/fault"
)

// What the servers answer, and what it means. Every class is told apart here alone.
func TestClassify(t *testing.T) {
	for _, c := range []struct {
		status, code int
		detail       string
		class        error
		kind         fault.Kind
	}{
		{400, 10071, "wrong last sequence: 17", ErrConflict, fault.InvalidState},
		{400, 10164, "wrong last sequence", ErrDoubt, fault.Timeout},
		{503, 10163, "expected last sequence per subject temporarily unavailable", ErrDoubt, fault.Timeout},
		{400, 10176, "atomic publish batch is incomplete", ErrDoubt, fault.Timeout},
		{429, 10210, "atomic publish too many inflight", ErrDoubt, fault.Timeout},
		{429, 10167, "too many requests", ErrDoubt, fault.Timeout},
		{503, 10008, "JetStream system temporarily unavailable", ErrDoubt, fault.Timeout},
		{503, 10077, "maximum bytes exceeded", ErrFull, fault.QueueFull},
		{503, 10077, "write /x/1.blk: no space left on device", ErrFull, fault.QueueFull},
		{503, 10077, "stream closed", ErrDoubt, fault.Timeout},
		{500, 10051, "write /x/1.blk: no space left on device", ErrFull, fault.QueueFull},
		{500, 10047, "insufficient storage resources available", ErrFull, fault.QueueFull},
		{503, 10023, "insufficient resources", ErrFull, fault.QueueFull},
		{400, 10002, "resource limits exceeded for account", ErrFull, fault.QueueFull},
		{400, 10122, "stream max bytes exceeds account limit max stream bytes", ErrRefused, fault.MeshUnavailable},
		{400, 10054, "message size exceeds maximum allowed", ErrTooLarge, fault.InvalidArgument},
		{404, 10037, "no message found", ErrNone, fault.NotFound},
		{400, 10201, "atomic publish batch contains duplicate message id", ErrConflict, fault.InvalidState},
	} {
		err := classify(c.status, c.code, c.detail)
		if !errors.Is(err, c.class) {
			t.Errorf("%d %d %q is %v, want %v", c.status, c.code, c.detail, err, c.class)
		}
		if f := Fault(err, "the events were not stored"); f.Kind != c.kind || !errors.Is(f, c.class) {
			t.Errorf("%d %d %q is %v to a host, want %s", c.status, c.code, c.detail, f, c.kind)
		}
	}
	var e *Error
	if err := classify(400, 10071, "wrong last sequence: 17"); !errors.As(err, &e) || e.Current != 17 {
		t.Errorf("the conflict tells of %d, want 17", e.Current)
	}
	if Fault(nil, "nothing") != nil {
		t.Error("no error is one")
	}
}
