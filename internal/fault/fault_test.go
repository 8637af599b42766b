package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"netmeshos/internal/fault"
)

// C programs compare these texts.
func TestKindsAreTheTextsOfTheABI(t *testing.T) {
	for kind, text := range map[fault.Kind]string{
		fault.InvalidArgument: "invalid_argument",
		fault.InvalidLogLevel: "invalid_log_level",
		fault.AlreadyShutdown: "already_shutdown",
		fault.RegisterFailed:  "register_failed",
		fault.QueueFull:       "queue_full",
		fault.LoopClosed:      "loop_closed",
		fault.ShutdownFailed:  "shutdown_failed",
		fault.RuntimePanic:    "runtime_panic",
	} {
		if string(kind) != text {
			t.Errorf("kind %q, want %q", kind, text)
		}
	}
}

func TestNew(t *testing.T) {
	for _, c := range []struct {
		rule    string
		err     *fault.Error
		message string
		cause   error
	}{
		{"words alone", fault.New(fault.QueueFull, "full"), "full", nil},
		{"operands", fault.New(fault.QueueFull, "%d of %q", 3, "x"), `3 of "x"`, nil},
		{"a wrapped operand is the cause", fault.New(fault.QueueFull, "read: %w", io.EOF), "read: EOF", io.EOF},
		{"an operand that is not wrapped is none", fault.New(fault.QueueFull, "read: %v", io.EOF), "read: EOF", nil},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if c.err.Kind != fault.QueueFull || c.err.Message != c.message || c.err.Cause != c.cause {
				t.Errorf("got %#v, want message %q and cause %v", c.err, c.message, c.cause)
			}
			if want := "queue_full: " + c.message; c.err.Error() != want {
				t.Errorf("text %q, want %q", c.err.Error(), want)
			}
			if errors.Unwrap(c.err) != c.cause {
				t.Errorf("unwraps to %v, want %v", errors.Unwrap(c.err), c.cause)
			}
		})
	}
}

func TestWordsAreWithoutTheKind(t *testing.T) {
	for want, err := range map[string]error{
		"full":          fault.New(fault.QueueFull, "full"),
		"EOF":           io.EOF,
		"at x: y: full": fmt.Errorf("at x: y: %s", "full"),
	} {
		if got := fault.Words(err); got != want {
			t.Errorf("%v: %q", err, got)
		}
	}
}

func TestErrorsAreFoundByKind(t *testing.T) {
	inner := fault.New(fault.LoopClosed, "ended: %w", io.EOF)
	outer := fmt.Errorf("publish: %w", inner)
	for _, c := range []struct {
		rule   string
		target error
		want   bool
	}{
		{"the same kind", &fault.Error{Kind: fault.LoopClosed}, true},
		{"the same kind in other words", fault.New(fault.LoopClosed, "no"), true},
		{"another kind", &fault.Error{Kind: fault.QueueFull}, false},
		{"the cause", io.EOF, true},
		{"another error", io.ErrUnexpectedEOF, false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := errors.Is(outer, c.target); got != c.want {
				t.Errorf("errors.Is says %v, want %v", got, c.want)
			}
		})
	}
	var found *fault.Error
	if !errors.As(outer, &found) || found != inner {
		t.Errorf("errors.As finds %v, want %v", found, inner)
	}
}
