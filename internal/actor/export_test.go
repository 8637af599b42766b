package actor

// NewIdlePool returns a pool that takes the processors for idle: where time is
// a bubble's, what the process really uses says nothing.
func NewIdlePool() *Pool {
	p := NewPool()
	p.usage = func() usage { return usage{} }
	return p
}

// Producers is how many hosts are remembered as those whose outputs h gets.
func (h *Host) Producers() int {
	subscriptions.Lock()
	defer subscriptions.Unlock()
	return len(h.producers)
}
