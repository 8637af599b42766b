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
	watchers   []func(stream string)
	anew       []string // that the start has made anew
}

// looking marks what lacking itself asks for.
type looking struct{}

// OnRemade calls f each time that a stream is there anew, after this node has missed it, or, if it is the meta stream, that it
// was purged: what was stored there is lost. f must not block.
func (l *Link) OnRemade(f func(stream string)) {
	l.vanished.Lock()
	defer l.vanished.Unlock()
	l.vanished.watchers = append(l.vanished.watchers, f)
}

// Anew is the streams with events that somebody has deleted, and that Open has made anew.
func (l *Link) Anew() []string { return l.vanished.anew }

// lacking looks why no server answers for a stream, and returns the error that tells it; err where the stream is
// there, or nobody knows. One that is gone is made anew: what nodes know by themselves can be stored again.
func (l *Link) lacking(ctx context.Context, name string, err error) error {
	if ctx.Value(looking{}) != nil {
		return err
	}
	l.vanished.Lock()
	defer l.vanished.Unlock()
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, looking{}, true), patience)
	defer cancel()
	if _, why := l.stream(ctx, "INFO", name, nil); codeOf(why) != codeNoStream {
		return err
	}
	words := deleted(name)
	if !l.vanished.told[name] {
		if l.vanished.told == nil {
			l.vanished.told = map[string]bool{}
		}
		l.vanished.told[name] = true
		l.log("error", "The "+words)
		go l.remake(name) // ends when it is done, or with the link
	}
	return &Error{Class: ErrDown, Detail: words + ", and is being made anew"}
}

// explained is done with the errors of lacking, for StoreAsync.
func (l *Link) explained(subject string, done func(sequence uint64, err error)) func(sequence uint64, err error) {
	return func(sequence uint64, err error) {
		if !errors.Is(err, errNobodyStores) {
			done(sequence, err)
			return
		}
		go func() { // ends with the question, as nobody who calls may be held up
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			done(0, l.lacking(ctx, l.options.Names.StreamFor(subject), err))
		}()
	}
}

func deleted(name string) string {
	return "stream " + name + " of the mesh is gone: somebody has deleted it, and what was stored in it is lost"
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
	for _, f := range watchers {
		f(name)
	}
	l.gaps() // readers look what is left
}

func (l *Link) remakeOnce(ctx context.Context, name string) *fault.Error {
	if name == l.options.Names.AuditStream() {
		return l.makeStream(ctx, l.auditStream().after(time.Now()))
	}
	for k := range l.options.Names.Streams {
		if want := l.eventStream(k); want.Name == name {
			return l.makeStream(ctx, want.after(time.Now()))
		}
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
			l.vanished.anew = append(l.vanished.anew, want.Name)
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
