// Package stack gives a goroutine a large stack.
package stack

// Grow makes the calling goroutine's stack so large that a signal handler of the
// host's, which interrupts it, finds [Room] bytes on it. The memory is reserved and
// not touched. It stays so if GODEBUG says gcshrinkstackoff=1.
func Grow()

// Room is how many bytes at least are free on the stack after Grow: less than what
// Grow's frame takes, because Go doubles stacks. It is for handlers of 256 KB, one
// within another.
const Room = 1900 << 10
