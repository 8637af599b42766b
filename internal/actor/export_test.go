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

// Workspaces returns how many workspaces there are, and how many of them are free.
func (e *Env) Workspaces() (all, free int) {
	ws := &e.workspaces
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if list := ws.all.Load(); list != nil {
		all = len(*list)
	}
	free = len(ws.free)
	for i := range ws.cache {
		if ws.cache[i].Load() != 0 {
			free++
		}
	}
	return all, free
}

// Listed returns how many tokens Recall would take back.
func (y *Activity) Listed() int {
	y.lists.Lock()
	defer y.lists.Unlock()
	return len(y.lent)
}
