package actor

// AtWork reports whether a daemon of the environment has more to do than to say
// how it is: events wait, or a callback runs that is no probe.
func (e *Env) AtWork() bool {
	if e.Load.Waiting() > 0 {
		return true
	}
	for _, d := range allDesks() {
		if h := d.host.Load(); h != nil && h.env == e && h.began.Load() != 0 && !h.probing.Load() {
			return true
		}
	}
	return false
}
