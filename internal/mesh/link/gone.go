//go:build mesh

package link

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"netmeshos/internal/fault"
)

// vanished is what is known about streams that somebody has deleted while this node runs.
type vanished struct {
	sync.Mutex                 // guards what follows; held while one is looked for, so that it is done once
	told       map[string]bool // by the stream's name: it is gone
	watchers   []func()
}

// looking marks what lacking itself asks for.
type looking struct{}

// OnRemade calls f each time that the meta stream is there anew, after this node has missed it, or was purged: what nodes
// had stored there is lost. f must not block.
func (l *Link) OnRemade(f func()) {
	l.vanished.Lock()
	defer l.vanished.Unlock()
	l.vanished.watchers = append(l.vanished.watchers, f)
}

// lacking looks why no server answers for a stream, and returns the error that tells it; err where the stream is
// there, or nobody knows. What nodes know by themselves is made anew: the meta stream and the audit stream. A stream with
// events isn't: they are lost with it, unless there is a copy, whose name must be free.
func (l *Link) lacking(ctx context.Context, name string, err error) error {
	if ctx.Value(looking{}) != nil {
		return err
	}
	l.vanished.Lock()
	defer l.vanished.Unlock()
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, looking{}, true), patience)
	defer cancel()
	_, why := l.stream(ctx, "INFO", name, nil)
	if codeOf(why) != codeNoStream {
		if why == nil && !l.remakes(name) {
			delete(l.vanished.told, name)
		}
		return err
	}
	words, first := deleted(name), !l.vanished.told[name]
	if first {
		if l.vanished.told == nil {
			l.vanished.told = map[string]bool{}
		}
		l.vanished.told[name] = true
		l.log("error", "The "+words)
	}
	if !l.remakes(name) {
		return lost(name)
	}
	if first {
		go l.remake(name) // ends when it is done, or with the link
	}
	return &Error{Class: ErrDown, Detail: words + ", and is being made anew"}
}

// missing is the error of a stream that is known to be gone and still is: nothing is sent there, so that nothing is in
// doubt. Nil: it may be there.
func (l *Link) missing(ctx context.Context, name string) error {
	if ctx.Value(looking{}) != nil {
		return nil
	}
	l.vanished.Lock()
	gone := l.vanished.told[name] && !l.remakes(name)
	l.vanished.Unlock()
	if !gone {
		return nil
	}
	err := l.lacking(ctx, name, nil)
	if err == nil && ctx.Err() != nil {
		return lost(name)
	}
	return err
}

// explained is done with the errors of lacking and missing, for StoreAsync. Nil: it is called already, as the stream is
// gone, and nothing is to be sent.
func (l *Link) explained(subject string, done func(sequence uint64, err error)) func(sequence uint64, err error) {
	name := l.options.Names.StreamFor(subject)
	l.vanished.Lock()
	gone := l.vanished.told[name] && !l.remakes(name)
	l.vanished.Unlock()
	look := func(otherwise error) { // ends with the question, as nobody who calls may be held up
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		done(0, l.lacking(ctx, name, otherwise))
	}
	if gone {
		go look(&Error{Class: ErrDown, Detail: "stream " + name + " is there again"})
		return nil
	}
	return func(sequence uint64, err error) {
		if errors.Is(err, errNobodyStores) {
			go look(err)
			return
		}
		done(sequence, err)
	}
}

func deleted(name string) string {
	return "stream " + name + " of the mesh is gone: somebody has deleted it, and what was stored in it is lost"
}

func lost(name string) error {
	return &Error{Class: ErrDown, Detail: deleted(name) + "; restore a copy of it, or start a node anew, which makes an empty one"}
}

func (l *Link) remakes(name string) bool {
	return name == l.options.Names.MetaStream() || name == l.options.Names.AuditStream()
}

// remake makes a stream anew, of which nothing is left, however long that takes.
func (l *Link) remake(name string) {
	for said := false; ; said = true {
		ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), looking{}, true), l.options.RequestTimeout)
		f := l.remakeOnce(ctx, name)
		cancel()
		if f == nil {
			break
		}
		if !said {
			l.log("error", "The stream "+name+" of the mesh can't be made anew, which is tried again: "+f.Message)
		}
		select {
		case <-time.After(pause(10, l.options.Lease)):
		case <-l.closed:
			return
		}
	}
	l.log("warn", "The stream "+name+" of the mesh is there anew")
	l.vanished.Lock()
	delete(l.vanished.told, name)
	watchers := slices.Clone(l.vanished.watchers)
	l.vanished.Unlock()
	if name == l.options.Names.MetaStream() {
		for _, f := range watchers {
			f()
		}
		l.gaps() // readers look what is left
	}
}

func (l *Link) remakeOnce(ctx context.Context, name string) *fault.Error {
	if name == l.options.Names.AuditStream() {
		return l.makeStream(ctx, l.auditStream().after(time.Now()))
	}
	if f := l.makeStream(ctx, l.metaStream().after(time.Now())); f != nil {
		return f
	}
	_, f := l.agree(ctx)
	return f
}

// after has the sequences of a stream that is made anew begin above those of the one that was deleted, so that
// what nodes remember of these is older: no stream gets more than a thousand messages a second for its whole life.
func (s stream) after(now time.Time) stream {
	s.First = uint64(now.UnixMilli()) //nolint:gosec // after 1970
	return s
}

// makeEvents makes the streams with events, or looks whether they are as they must be. fresh: this node is the first one
// of the mesh; another has them already, or has just begun to make them.
func (l *Link) makeEvents(ctx context.Context, fresh bool) *fault.Error {
	for k := range l.options.Names.Streams {
		want := l.eventStream(k)
		if !fresh && !l.awaitStream(ctx, want.Name) {
			want = want.after(time.Now())
			l.log("warn", "The stream "+want.Name+" of the mesh was not there, and is made anew: what was stored in it is lost")
		}
		if f := l.makeStream(ctx, want); f != nil {
			return f
		}
	}
	return nil
}

// awaitStream waits for a moment until a stream is there; false: there is none.
func (l *Link) awaitStream(ctx context.Context, name string) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if _, err := l.stream(ctx, "INFO", name, nil); codeOf(err) != codeNoStream {
			return true // or what is wrong shows when it is made
		}
		select {
		case <-time.After(respite):
		case <-ctx.Done():
			return false
		}
	}
}
