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

// settings are what all nodes of a mesh agree on.
type settings struct {
	Version int              `json:"v"`
	Numbers map[string]int64 `json:"settings"` // by keys of the configuration, below "mesh"
}

// agree records this node's settings as those of the mesh if no node has done it, or compares them.
func (l *Link) agree(ctx context.Context) *fault.Error {
	mine := settings{1, map[string]int64{"replicas": int64(l.options.Replicas), "streams": int64(l.options.Names.Streams)}}
	maps.Copy(mine.Numbers, l.options.Settings)
	record, err := json.Marshal(mine)
	if err != nil {
		return fault.New(fault.RuntimePanic, "settings: %w", err)
	}
	for {
		have, err := l.Last(ctx, l.options.Names.Settings())
		if err == nil {
			return mine.compare(have.Data)
		}
		if errors.Is(err, ErrNone) {
			_, err = l.Store(ctx, l.options.Names.Settings(), record, Storing{Expect: Expect(0)})
			if err == nil {
				return nil
			}
		}
		// Another node has been faster, or there is doubt: read it again.
		if !errors.Is(err, ErrConflict) && (!errors.Is(err, ErrDoubt) || ctx.Err() != nil) {
			return l.unusable("the settings of the mesh can't be read or written", err)
		}
	}
}

func (mine settings) compare(record []byte) *fault.Error {
	var theirs settings
	if err := json.Unmarshal(record, &theirs); err != nil {
		return fault.New(fault.ConfigInvalid, "the settings of the mesh are not this library's: %w", err)
	}
	if theirs.Version > mine.Version {
		return fault.New(fault.ConfigInvalid, "the mesh has the format %d, which a newer version of the library has made; this one knows %d", theirs.Version, mine.Version)
	}
	for _, key := range slices.Sorted(maps.Keys(mine.Numbers)) {
		// What an older node did not know, it has not decided.
		if have, ok := theirs.Numbers[key]; ok && have != mine.Numbers[key] {
			return fault.New(fault.ConfigInvalid, "mesh.%s is %d here, and %d in the mesh: it belongs to the mesh, which its first node has made", key, mine.Numbers[key], have)
		}
	}
	return nil
}
