package link

// DaemonName is the subject that keeps the name of a daemon that no node has registered any more.
func (n Names) DaemonName(id uint64) string { return n.meta("name." + Hex(id)) }

// DaemonNames is the pattern of all of these.
func (n Names) DaemonNames() string { return n.meta("name.*") }
