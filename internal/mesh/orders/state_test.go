package orders_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"netmeshos/internal/mesh/orders"
)

func restoring(state []byte) *orders.Order {
	return &orders.Order{Command: orders.Restore, Arguments: orders.RestoreArguments(255, state, "operator.1")}
}

// handing answers from a state, after change.
func handing(state []byte, change func([]byte) []byte) func(context.Context, string, []byte) ([]byte, error) {
	return func(_ context.Context, subject string, asked []byte) ([]byte, error) {
		if subject != "operator.1" {
			return nil, errors.New("another subject: " + subject)
		}
		return change(bytes.Clone(orders.Piece(state, asked))), nil
	}
}

func TestAStateArrivesInPieces(t *testing.T) {
	same := func(b []byte) []byte { return b }
	for _, size := range []int{0, 1, 512 << 10, 512<<10 + 1, 3 << 20} {
		state := bytes.Repeat([]byte("ab\x00"), size/3+1)[:size]
		got, err := restoring(state).State(context.Background(), handing(state, same))
		if err != nil || !bytes.Equal(got, state) {
			t.Errorf("%d bytes: %d came, %v", size, len(got), err)
		}
	}
}

func TestAStateThatWasNotSignedIsRefused(t *testing.T) {
	state := bytes.Repeat([]byte("x"), 1<<20)
	for rule, change := range map[string]func([]byte) []byte{
		"another byte": func(b []byte) []byte { b[0]++; return b },
		"too long":     func(b []byte) []byte { return append(b, make([]byte, 1<<20)...) },
		"nothing":      func([]byte) []byte { return nil },
	} {
		t.Run(rule, func(t *testing.T) {
			if _, err := restoring(state).State(context.Background(), handing(state, change)); err == nil {
				t.Error("taken")
			}
		})
	}
	t.Run("a size that no node takes", func(t *testing.T) {
		o := restoring(state)
		o.Arguments[orders.Size] = "99999999999"
		if _, err := o.State(context.Background(), handing(state, bytes.Clone)); err == nil {
			t.Error("taken")
		}
	})
}
