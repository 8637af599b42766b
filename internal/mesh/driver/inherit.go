package driver

import (
	"context"
	"time"

	"netmeshos/internal/logs"
)

// inherit finds out what the owners before this one should have purged, so that a daemon whose owners all end soon is
// purged, too. It goes by the servers' clock. false: it couldn't be found out.
func (d *Driver) inherit(now time.Time) bool {
	ctx, cancel := d.set.request()
	defer cancel()
	bound, err := d.aged(ctx)
	if err != nil {
		d.log(logs.Debug, "reading how old the records are: %v", err)
		return false
	}
	t := &d.tidy
	if t.last = now; bound > 0 {
		t.bound, t.last = bound, now.Add(-d.set.options.Purge) // it is due
	}
	return true
}

// aged returns the first record of the log that is not older than what is purged; 0: none is older.
func (d *Driver) aged(ctx context.Context) (bound uint64, err error) {
	names := d.set.options.Names
	newest, err := d.set.options.Server.Last(ctx, names.Log(d.id))
	if err != nil {
		return 0, err
	}
	over := newest.Time.Add(-d.set.options.Purge)
	for low, high := uint64(1), d.keep(); low < high; {
		middle := low + (high-low)/2
		if bound == 0 {
			middle = low // in most logs the oldest record is too young
		}
		found, err := d.read(names.StreamOf(d.id), names.Log(d.id), middle, 1)
		switch {
		case err != nil && !none(err):
			return 0, err
		case len(found) > 0 && found[0].Sequence < high && !found[0].Time.After(over):
			low = found[0].Sequence + 1
			bound = low
		case bound == 0:
			return 0, nil
		default:
			high = middle
		}
	}
	return bound, nil
}
