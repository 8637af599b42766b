package ownership

import "testing"

// The tests here explore every interleaving of a standby with the owners before it, who release the daemon
// and live on: nothing but a notice, which may come at any time or be missed, tells the standby. It must come
// to own the daemon.

// play is everything. It is comparable, so that no state is explored twice.
type play struct {
	standby Machine
	holder  Holder // of the log
	acts    uint8  // of the others, that are over
	notices uint8  // on their way
	missed  bool   // one was lost, and the standby will hear that
	asked   Do     // what the standby does
	read    bool   // it has read the log, and found
	found   Holder
}

// wait puts down what the standby wants.
func (p play) wait() play {
	switch do := p.standby.Next(); do {
	case Look, Claim, Release:
		p.asked, p.read = do, false
	case Nothing, Watch, Stop, Pause, Resume:
	}
	return p
}

// next returns every play that can follow.
func (p play) next() (all []play) {
	add := func(to play) { all = append(all, to.wait()) }
	third := Holder{3, 33}
	to := p
	switch {
	case p.holder == me:
	case p.acts%2 == 0 && p.acts < 6: // the owner releases
		to.acts++
		to.holder = Holder{}
		to.notices++
		add(to)
	case p.acts == 1 || p.acts == 3: // another is faster
		to.acts++
		to.holder = third
		if p.acts == 3 {
			to.holder = other
		}
		add(to)
	}
	if p.notices > 0 {
		to := p
		to.notices--
		lost := to
		to.standby.Saw(Holder{})
		add(to)
		lost.missed = true
		add(lost)
	}
	if p.missed {
		to := p
		to.missed = false
		to.standby.Lost()
		add(to)
	}
	switch {
	case p.asked == Nothing:
	case !p.read:
		to := p
		to.read, to.found = true, p.holder
		if p.asked == Claim && p.holder == p.standby.Owner() {
			to.holder = me // the claim is stored
		}
		add(to)
	default:
		to := p
		to.asked, to.read, to.found = Nothing, false, Holder{}
		switch {
		case p.asked == Look:
			to.standby.Found(p.found)
		case p.holder == me:
			to.standby.Claimed()
		default:
			to.standby.Refused()
		}
		add(to)
		if p.asked == Look {
			failed := p
			failed.asked, failed.read, failed.found = Nothing, false, Holder{}
			failed.standby.Failed()
			add(failed)
		}
	}
	return all
}

func TestWhoeverIsReleasedIsTakenOver(t *testing.T) {
	first := play{standby: *New(me, true), holder: other}.wait()
	seen := map[play]struct{}{first: {}}
	queue := []play{first}
	ends, owned := 0, 0
	for len(queue) > 0 {
		p := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		following := p.next()
		if p.holder == (Holder{}) && len(following) == 0 {
			t.Fatalf("the daemon is free, and the standby rests: %+v", p)
		}
		if len(following) == 0 {
			ends++
			if p.standby.Phase() == Owner {
				owned++
			}
		}
		for _, to := range following {
			if _, known := seen[to]; !known {
				seen[to] = struct{}{}
				queue = append(queue, to)
			}
		}
	}
	if ends == 0 || owned != ends {
		t.Errorf("in %d of %d ends the standby owns the daemon", owned, ends)
	}
	t.Logf("%d plays, %d ends", len(seen), ends)
}
