// Package clock gives a monotonic time, measured from when the library was loaded. The
// wall clock is not good for that, because it may be set at any moment.
package clock

import (
	"syscall"
	"time"
	"unsafe"
)

// Go's own clock goes on only with the interrupts of Windows, every half to 16 ms. The
// counter is as exact as C's clock, with which this one is shared.
var (
	kernel    = syscall.NewLazyDLL("kernel32.dll")
	counter   = kernel.NewProc("QueryPerformanceCounter")
	frequency = read(kernel.NewProc("QueryPerformanceFrequency"))
	origin    = read(counter)
)

// read calls a function that can't fail from Windows XP on.
func read(proc *syscall.LazyProc) (n int64) {
	_, _, _ = syscall.SyscallN(proc.Addr(), uintptr(unsafe.Pointer(&n)))
	return n
}

// Now returns the time since the library was loaded.
func Now() time.Duration {
	ticks := read(counter) - origin
	whole, part := ticks/frequency, ticks%frequency
	return time.Duration(whole)*time.Second + time.Duration(part)*time.Second/time.Duration(frequency)
}

// At converts a time.Time with a monotonic reading to this clock.
func At(moment time.Time) time.Duration { return Now() - time.Since(moment) }
