package host

import (
	"slices"
	"sync"
)

// waits knows which host's callback waits for which other host to be done, so
// that callbacks which end each other's daemons don't wait in a circle. A host
// has one callback at a time, so it waits for one host at most. It is one for
// the process because a callback may end a daemon of another SDK.
var waits = struct {
	sync.Mutex
	on map[*Host]*Host
}{on: make(map[*Host]*Host)}

// enterWait notes that the callers' callbacks wait for target. False: that
// would close a circle, and nothing is noted.
func enterWait(target *Host, callers []*Host) bool {
	if len(callers) == 0 {
		return true
	}
	waits.Lock()
	defer waits.Unlock()
	for at := target; at != nil; at = waits.on[at] {
		if slices.Contains(callers, at) {
			return false
		}
	}
	for _, c := range callers {
		waits.on[c] = target
	}
	return true
}

func leaveWait(callers []*Host) {
	if len(callers) == 0 {
		return
	}
	waits.Lock()
	defer waits.Unlock()
	for _, c := range callers {
		delete(waits.on, c)
	}
}
