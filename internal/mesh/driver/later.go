package driver

import (
	"errors"
	"fmt"
	"time"

	"github.com/goccy/go-json"

	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/wire"
)

// A message of a later version of its format is nothing to pass over: what it has was accepted, and a node with a later
// version of the library can read it. So a source goes no further than up to there, and the daemon is offered to the
// nodes that stand by. The one of them that can read it goes on.

// laterAgain is how often it is looked at again: somebody may have removed it, or another node may stand by.
const laterAgain = time.Second

// later is a message of a later version, at which a source waits.
type later struct {
	sequence uint64 // 0: there is none
	why      error
	next     time.Time // when it is looked at again
	said     uint64    // the last one that the log has a line about
	offered  bool      // another node is about to go on
}

// errLater says that the source waits at a message.
type errLater struct{ error }

// isLater reports whether an error is about a message of a later version.
func isLater(err error) bool { return errors.Is(err, wire.ErrVersion) }

// waitAt has a source wait at a message of a later version.
func (d *Driver) waitAt(s *source, m link.Message, why error) error {
	l := &s.later
	l.sequence, l.why, l.next = m.Sequence, why, time.Now().Add(laterAgain)
	l.offered = d.set.options.Later != nil && d.set.options.Later(d.id, s.subject, m.Sequence)
	if l.said != m.Sequence {
		l.said = m.Sequence
		words := "until a node with a later version of the library runs it"
		if l.offered {
			words = "and another node, which may have a later version of the library, is to run it"
		}
		d.log(logs.Error, "daemon %q goes no further than message %d of %s, %s: %v", d.daemon.Name(), m.Sequence, s.subject, words, why)
	}
	return errLater{why}
}

// isWaiting reports whether a source needn't be read now.
func (l *later) isWaiting() bool { return l.sequence != 0 && time.Now().Before(l.next) }

// awaitsLater reports whether a source waits, and all before is processed.
func (d *Driver) awaitsLater() bool {
	for _, s := range d.sources {
		if s.later.sequence != 0 {
			return true
		}
	}
	return false
}

// refusalLater is the answer to a request that comes after a message which this node can't read; nil: it needn't be refused.
func (d *Driver) refusalLater(q *Request) *fault.Error {
	for _, s := range d.sources {
		l := &s.later
		if l.sequence == 0 || l.offered || len(s.queue) > 0 {
			continue
		}
		if q.Verb == Flush || s.inbox && q.After >= l.sequence {
			return fault.New(fault.Unsupported, "the node that runs the daemon can't go on: message %d of %s: %w", l.sequence, s.subject, l.why)
		}
	}
	return nil
}

// passLater is the error of reading a source that needn't be repeated at once.
func passLater(err error) error {
	if _, waits := err.(errLater); waits { //nolint:errorlint // it is never wrapped
		return nil
	}
	return err
}

// otherVersion is the error for a record of the meta stream that can be read and has not our version.
func otherVersion(version int) error {
	if version < 1 {
		return errors.New("it has no version")
	}
	return fmt.Errorf("%w: version %d, and this library reads version 1", wire.ErrVersion, version)
}

// isLaterRecord reports whether what can't be read of the meta stream is a record of a later version: nobody puts that right.
func isLaterRecord(data []byte) bool {
	var record struct {
		Version int `json:"v"`
	}
	return json.Unmarshal(data, &record) == nil && record.Version > 1
}
