//go:build mesh

package mesh

import (
	"time"

	"netmeshos/internal/mesh/ownership"
)

// asked is what has come of the questions of one call so far.
type asked struct {
	sent  bool             // something may have been done
	gone  ownership.Holder // the run of a node that was over before it has answered
	until time.Time        // that isn't asked again before: whoever takes over is about to, or it lives after all
}

func (a *asked) isGone(h ownership.Holder) bool { return a.gone == h && time.Now().Before(a.until) }

// mayGoOn reports whether a call may be made again, to whoever runs the daemon now, although it may have been carried out.
func (a *asked) mayGoOn(c *call) bool {
	return c.Verb == verbFlush || c.Verb == verbSnapshot || a.gone.Node != 0 && c.isRepeatable()
}

// isRepeatable reports whether it makes no difference whether a call is carried out once or twice. An event is processed once
// by its origin and sequence, unless that is 0.
func (c *call) isRepeatable() bool {
	return c.Verb == verbFlush || c.Verb == verbSnapshot || c.Verb == verbDeliver && c.Sequence != 0
}
