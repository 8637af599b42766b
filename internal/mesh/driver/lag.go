package driver

import (
	"time"

	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/wire"
)

// lag is what a daemon has emitted and its subscribers have not processed. The driver's goroutine uses it.
//
// While one of them is behind by more than may wait, the daemon processes nothing that would make it emit more. Else the
// servers would fill up with outputs; so its inbox does, and those who post to it are refused.
type lag struct {
	lines   []lagLine // ascending
	bytes   int64     // of them
	counted bool      // what was stored before this node's claim is in it
	recount uint64    // once all have processed this record, that is to be counted again; 0: never
	next    time.Time // when to look again
	behind  uint64    // who is behind; 0: nobody
	said    bool
}

// lagLine is the outputs of some records that follow each other.
type lagLine struct {
	last  uint64 // sequence of the last one
	bytes int64
}

// lagAgain is how long a daemon waits for its subscribers before it looks again.
const lagAgain = 50 * time.Millisecond

// add notes the outputs of a record. Small ones share a line.
func (l *lag) add(record uint64, bytes, line int64) {
	if bytes == 0 {
		return
	}
	l.bytes += bytes
	if n := len(l.lines); n > 0 && l.lines[n-1].bytes+bytes <= line {
		l.lines[n-1].last = record
		l.lines[n-1].bytes += bytes
		return
	}
	l.lines = append(l.lines, lagLine{record, bytes})
}

// read takes out what all have processed.
func (l *lag) read(record uint64) {
	n := 0
	for n < len(l.lines) && l.lines[n].last <= record {
		l.bytes -= l.lines[n].bytes
		n++
	}
	if l.lines = l.lines[n:]; len(l.lines) == 0 {
		l.lines = nil
	}
	if l.recount > 0 && record >= l.recount {
		l.counted, l.recount = false, 0
	}
}

// outputBytes is how long the outputs of a record are.
func outputBytes(r *wire.Record) int64 {
	if r.Outputs.Form == wire.Pieces {
		return int64(r.Outputs.Size) //nolint:gosec // under 2^62
	}
	return int64(len(r.Outputs.Inline))
}

// noteLag notes the outputs of a record that is stored.
func (d *Driver) noteLag(sequence uint64, r *wire.Record) {
	d.lag.add(sequence, outputBytes(r), d.set.options.Waiting/64)
}

// slowed reports whether a subscriber is too far behind. It asks the servers only if one seems to be.
func (d *Driver) slowed() bool {
	l, most := &d.lag, d.set.options.Waiting
	if most <= 0 || l.counted && l.bytes <= most {
		d.catchUp()
		return false
	}
	if l.behind != 0 && time.Now().Before(l.next) {
		return true
	}
	l.next = time.Now().Add(lagAgain)
	for range 8 { // then again the next time, so that the daemon does other things, too
		read, who := d.set.slowest(d.id)
		if who == 0 {
			l.lines, l.bytes, l.recount = nil, 0, 0
		}
		if l.read(read); !l.counted && !d.countLag() {
			return l.behind != 0
		}
		if l.bytes <= most {
			d.catchUp()
			return false
		}
		l.behind = who
		if !d.askHowFar(who) {
			break
		}
	}
	if !l.said {
		l.said = true
		d.showWaits(l.behind)
		d.log(logs.Warn, "daemon %q waits: %#x, which has subscribed to it, has not processed %d bytes of its outputs, of at most %d", d.daemon.Name(), l.behind, l.bytes, most)
	}
	for _, s := range d.sources {
		s.round = !s.inbox && d.set.leadsTo(l.behind, s.id)
	}
	return true
}

func (d *Driver) showWaits(who uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waits = who
}

func (d *Driver) catchUp() {
	if d.lag.said {
		d.showWaits(0)
		d.log(logs.Info, "daemon %q goes on: its subscribers have caught up", d.daemon.Name())
	}
	d.lag.behind, d.lag.said = 0, false
}

// countLag estimates what was stored before this node's claim: from the first records that not all subscribers have
// processed, and the number of outputs since then. false: it couldn't be read.
func (d *Driver) countLag() bool {
	l := &d.lag
	read, who := d.set.slowest(d.id)
	if who == 0 || read >= d.tidy.claim {
		l.counted = true
		return true
	}
	names := d.set.options.Names
	messages, err := d.read(names.StreamOf(d.id), names.Log(d.id), read+1, readAtOnce)
	if err != nil {
		d.log(logs.Debug, "reading what subscribers have not processed: %v", err)
		return false
	}
	var bytes int64
	var first, outputs, last uint64
	for _, m := range messages {
		r, err := wire.ReadRecord(m.Data)
		if err != nil || m.Sequence > d.tidy.claim || r.Out < r.First {
			continue
		}
		if first == 0 {
			first = r.First
		}
		bytes += outputBytes(&r)
		outputs, last = r.Out+1-first, m.Sequence
	}
	l.counted = true
	if last == 0 {
		return true
	}
	if len(messages) == readAtOnce { // there are more, which are counted once these have been processed
		bytes = int64(float64(bytes) / float64(outputs) * float64(d.claimedOut+1-first))
		l.recount = last
	}
	l.lines = append([]lagLine{{last, bytes}}, l.lines...)
	l.bytes += bytes
	return true
}

// askHowFar asks a subscriber's log how far it has processed this daemon's outputs, and reports whether it is further
// than was known.
func (d *Driver) askHowFar(who uint64) bool {
	ctx, cancel := d.set.request()
	defer cancel()
	m, err := d.set.options.Server.Last(ctx, d.set.options.Names.Log(who))
	if err != nil {
		return false
	}
	r, err := wire.ReadRecord(m.Data)
	if err != nil {
		return false
	}
	for _, p := range r.Producers {
		if p.Producer != d.id {
			continue
		}
		read := p.Sequence
		if p.Index != wire.Whole && read > 0 {
			read--
		}
		return d.set.hasRead(who, d.id, read)
	}
	return false
}
