package actor

// Subscribers returns the actors that get the actor's outputs.
func (a *Actor) Subscribers() (all []*Actor) {
	for _, s := range a.subscriptions() {
		all = append(all, s.to)
	}
	return all
}

// Producers returns how many producers the actor keeps in its list.
func (a *Actor) Producers() int {
	a.env.subscriptions.Lock()
	defer a.env.subscriptions.Unlock()
	return len(a.outbox.producers)
}
