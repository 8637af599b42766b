package clock

import (
	"context"
	"testing"
	"time"
)

func TestSleep(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	if !Sleep(ctx, time.Millisecond) {
		t.Error("it was ended, and nobody did")
	}
	cancel()
	if Sleep(ctx, time.Hour) {
		t.Error("it has slept for an hour")
	}
}
