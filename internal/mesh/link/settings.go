//go:build mesh

package link

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/goccy/go-json"

	"netmeshos/internal/fault"
)

// agree records this node's settings as those of the mesh if no node has done it, which makes the mesh a fresh one, or
// compares them.
func (l *Link) agree(ctx context.Context) (fresh bool, f *fault.Error) {
	mine := Settings{1, map[string]int64{"replicas": int64(l.options.Replicas), "streams": int64(l.options.Names.Streams)}}
	maps.Copy(mine.Numbers, l.options.Settings)
	record, err := json.Marshal(mine)
	if err != nil {
		return false, fault.New(fault.RuntimePanic, "settings: %w", err)
	}
	for {
		have, err := l.Last(ctx, l.options.Names.Settings())
		if err == nil && have.Marker == "" {
			more, f := mine.compare(l.options.Names, have.Data)
			if f != nil || more == nil {
				l.settingsAt.Store(have.Sequence)
				return false, f
			}
			var at uint64
			if at, err = l.Store(ctx, l.options.Names.Settings(), more, Storing{Expect: &have.Sequence}); err == nil {
				l.settingsAt.Store(at)
				return false, nil
			}
		}
		if err == nil && have.Marker != "" || errors.Is(err, ErrNone) {
			var at uint64
			at, err = l.Store(ctx, l.options.Names.Settings(), record, Storing{Expect: Expect(have.Sequence)})
			if err == nil {
				l.settingsAt.Store(at)
				return true, nil
			}
		}
		// Another node has been faster, or there is doubt: read it again.
		if !errors.Is(err, ErrConflict) && (!errors.Is(err, ErrDoubt) || ctx.Err() != nil) {
			return false, l.unusable("the settings of the mesh can't be read or written", err)
		}
	}
}

// compare compares these settings with the record of the mesh. more is what it has to be, if an older node has made it, which
// did not know all of them.
func (mine Settings) compare(names Names, record []byte) (more []byte, f *fault.Error) {
	theirs, err := ReadSettings(names, record)
	if err != nil {
		return nil, fault.New(fault.ConfigInvalid, "%w", err)
	}
	if theirs.Version > mine.Version {
		return nil, fault.New(fault.ConfigInvalid, "the mesh has the format %d, which a newer version of the library has made; this one knows %d", theirs.Version, mine.Version)
	}
	all := Settings{theirs.Version, map[string]int64{}}
	maps.Copy(all.Numbers, theirs.Numbers)
	for _, key := range slices.Sorted(maps.Keys(mine.Numbers)) {
		have, decided := theirs.Numbers[key]
		switch {
		case !decided:
			all.Numbers[key] = mine.Numbers[key]
		case have != mine.Numbers[key]:
			return nil, fault.New(fault.ConfigInvalid, "mesh.%s is %d here, and %d in the mesh: it belongs to the mesh, which its first node has made", key, mine.Numbers[key], have)
		}
	}
	if len(all.Numbers) == len(theirs.Numbers) {
		return nil, nil
	}
	if more, err = json.Marshal(all); err != nil {
		return nil, fault.New(fault.RuntimePanic, "settings: %w", err)
	}
	return more, nil
}
