package node

import (
	"testing"
	"unsafe"
)

// Go has memory of 576 bytes, of which 8 are its own in memory with pointers; the next
// larger one has 640. An idle daemon has one of these.
func TestADaemonFitsItsSizeClass(t *testing.T) {
	if size := unsafe.Sizeof(parts{}); size > 576-8 {
		t.Errorf("%d bytes", size)
	}
}
