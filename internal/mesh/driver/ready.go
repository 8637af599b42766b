package driver

// ready reports whether a request's turn has come.
func (d *Driver) ready(q *Request) bool {
	inbox := d.sources[0]
	if inbox.passed(q.After) {
		return true
	}
	if len(inbox.queue) > 0 {
		return inbox.queue[0].sequence > q.After // somebody has removed the message
	}
	if inbox.later.sequence > q.After {
		return true // nothing else is before that
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if inbox.waiting() || inbox.last < inbox.until {
		return false
	}
	if !q.looked { // it may not have come here yet
		q.looked = true
		inbox.behind = true
		d.again = true
		return false
	}
	return true // somebody has removed the message
}

// swept reports whether all is processed, in every source, that was stored before the request came.
func (d *Driver) swept(q *Request) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if q.ends == nil {
		q.ends = map[uint64]uint64{}
		for _, s := range d.sources {
			s.behind = true // the leader says how far it goes
		}
		d.again = true
		return false
	}
	all := true
	for _, s := range d.sources {
		end, known := q.ends[s.key()]
		if !known && !s.behind {
			end, known = max(s.until, s.last), true
			q.ends[s.key()] = end
		}
		all = all && known && (s.passed(end) || !s.waiting() && s.last >= s.until)
	}
	return all
}
