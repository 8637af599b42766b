package actor

// Subscribers are the actors that get the outputs.
func (a *Actor) Subscribers() (all []*Actor) {
	for _, s := range a.subscriptions() {
		all = append(all, s.to)
	}
	return all
}

// Producers is how many actors are remembered as those whose outputs the actor gets.
func (a *Actor) Producers() int {
	a.env.subscriptions.Lock()
	defer a.env.subscriptions.Unlock()
	return len(a.outbox.producers)
}
