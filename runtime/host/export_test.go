package host

// NewIdlePool returns a pool that takes the processors for idle: where time is
// a bubble's, what the process really uses says nothing.
func NewIdlePool() *Pool {
	p := NewPool()
	p.usage = func() usage { return usage{} }
	return p
}
