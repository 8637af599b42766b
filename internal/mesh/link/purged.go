//go:build mesh

package link

import (
	"context"
	"errors"
	"slices"
)

// emptied looks whether somebody has purged the meta stream, where the answer to a store lets it seem so: on the
// subject, which had a message, there is none. Nodes renew their leases, so each finds it out by that. The stream is
// then like one that is made anew: what nodes know by themselves is stored again.
func (l *Link) emptied(stream string, err error) {
	var e *Error
	if stream != l.options.Names.MetaStream() || !errors.As(err, &e) || e.Code != codeWrongLastSequence || e.Current != 0 || !l.looksAt.CompareAndSwap(false, true) {
		return
	}
	go func() { // ends when the settings are there again, or with the time of a request
		defer l.looksAt.Store(false)
		ctx, cancel := l.limit(context.Background())
		defer cancel()
		before := l.settingsAt.Load()
		m, err := l.Last(ctx, l.options.Names.Settings())
		if err != nil && !errors.Is(err, ErrNone) || err == nil && (before == 0 || m.Sequence == before) {
			return // it was a message of its own that is gone, or nobody knows
		}
		if _, f := l.agree(ctx); f != nil {
			l.log("error", "The settings of the mesh are gone, and can't be stored again: "+f.Message)
			return
		}
		l.log("warn", "Somebody has purged the stream "+stream+" of the mesh: what this node knows of it is stored again")
		l.vanished.Lock()
		watchers := slices.Clone(l.vanished.watchers)
		l.vanished.Unlock()
		for _, f := range watchers {
			f(l.options.Names.MetaStream())
		}
		l.gaps()
	}()
}
