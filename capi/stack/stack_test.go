package stack_test

import (
	"testing"
	"unsafe"

	"netmeshos/capi/stack"
)

// address is where a variable of the caller's goroutine stands. Stacks move only
// when they grow.
//
//go:noinline
func address(depth int, top uintptr) uintptr {
	var here [1024]byte
	at := uintptr(unsafe.Pointer(&here))
	if depth > 0 {
		return address(depth-1, top) + uintptr(here[0])
	}
	return at
}

//go:noinline
func moved(deep func()) bool {
	var here int
	before := uintptr(unsafe.Pointer(&here))
	deep()
	return uintptr(unsafe.Pointer(&here)) != before
}

func TestGrowMakesRoom(t *testing.T) {
	const frames = stack.Room / 1024 / 2 // a frame of address is somewhat larger than its array
	deep := func() { address(frames, 0) }
	done := make(chan [2]bool)
	go func() {
		var got [2]bool
		got[0] = moved(deep)
		done <- got
	}()
	if got := <-done; !got[0] {
		t.Fatal("a stack that was not grown had the room, so the test shows nothing")
	}
	go func() {
		var got [2]bool
		stack.Grow()
		got[0] = moved(deep)
		done <- got
	}()
	if got := <-done; got[0] {
		t.Error("the stack had to grow again")
	}
}
