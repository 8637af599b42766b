package ownership

import (
	"testing"

	"netmeshos/internal/testrand"
)

var (
	me    = Holder{1, 11}
	other = Holder{2, 22}
)

// after checks what the machine wants, and returns it.
func (m *Machine) after(t *testing.T, want Do, phase Phase) {
	t.Helper()
	if got := m.Next(); got != want || m.Phase() != phase {
		t.Fatalf("the machine wants %v as %v, want %v as %v", got, m.Phase(), want, phase)
	}
}

// finds has it look who owns the daemon, tells it, and checks what it wants then: to claim, or to watch.
func (m *Machine) finds(t *testing.T, owner Holder, want Do) {
	t.Helper()
	m.after(t, Look, Standby)
	m.Found(owner)
	m.after(t, want, map[Do]Phase{Claim: Claiming, Watch: Standby}[want])
}

func owner(t *testing.T) *Machine {
	t.Helper()
	m := New(me, true)
	m.finds(t, Holder{}, Claim)
	m.Claimed()
	m.after(t, Nothing, Owner)
	return m
}

func standby(t *testing.T) *Machine {
	t.Helper()
	m := New(me, true)
	m.finds(t, other, Watch)
	m.after(t, Nothing, Standby)
	return m
}

func TestTheLifeOfAnOwner(t *testing.T) {
	t.Run("nobody has it", func(t *testing.T) { owner(t) })
	t.Run("an earlier run of this node had it", func(t *testing.T) {
		m := New(me, true)
		m.finds(t, Holder{1, 10}, Claim)
	})
	t.Run("no lease, nothing is tried", func(t *testing.T) {
		m := New(me, false)
		m.after(t, Nothing, Standby)
		m.Lease(true)
		m.after(t, Look, Standby)
	})
	t.Run("another is faster", func(t *testing.T) {
		m := New(me, true)
		m.finds(t, Holder{}, Claim)
		if m.Refused() != Nothing {
			t.Error("there is nothing to stop")
		}
		m.after(t, Look, Standby)
	})
	t.Run("its commit is refused", func(t *testing.T) {
		m := owner(t)
		if m.Refused() != Stop {
			t.Error("it goes on")
		}
		m.after(t, Nothing, Standby) // until it has stopped
		m.Stopped()
		m.finds(t, other, Watch)
	})
	t.Run("its lease is over and comes again", func(t *testing.T) {
		m := owner(t)
		if m.Lease(false) != Pause || m.Lease(false) != Nothing || m.Lease(true) != Resume {
			t.Error("the lease has no effect")
		}
	})
	t.Run("the lease ends during the claim", func(t *testing.T) {
		m := New(me, true)
		m.finds(t, Holder{}, Claim)
		m.Lease(false)
		if m.Claimed() != Pause {
			t.Error("it processes without a lease")
		}
	})
	t.Run("the node drains", func(t *testing.T) {
		m := owner(t)
		m.Want(false)
		m.after(t, Release, Releasing)
		m.Released()
		m.after(t, Nothing, Standby)
		m.Want(true)
		m.finds(t, Holder{}, Claim)
	})
	t.Run("it is freed", func(t *testing.T) {
		m := owner(t)
		m.End()
		m.after(t, Release, Releasing)
		m.Released()
		m.after(t, Nothing, Ended)
	})
	t.Run("a release that is refused", func(t *testing.T) {
		m := owner(t)
		m.End()
		m.after(t, Release, Releasing)
		if m.Refused() != Stop {
			t.Error("what isn't committed is kept")
		}
		m.Stopped()
		m.after(t, Nothing, Ended)
	})
}

func TestTheLifeOfAStandby(t *testing.T) {
	t.Run("the owner crashes", func(t *testing.T) {
		m := standby(t)
		m.Gone(Holder{2, 21}) // an earlier run of it
		m.after(t, Nothing, Standby)
		m.Gone(other)
		m.after(t, Claim, Claiming)
	})
	t.Run("the owner crashes, and this node gets its turn", func(t *testing.T) {
		for _, first := range []string{"it is gone", "its turn"} {
			m := standby(t)
			m.Want(false)
			if first == "it is gone" {
				m.Gone(other)
				m.after(t, Nothing, Standby)
				m.Want(true)
				m.after(t, Look, Standby)
			} else {
				m.Want(true)
				m.after(t, Look, Standby)
				m.Gone(other)
			}
			m.Found(other)
			m.after(t, Claim, Claiming) // nobody is asked again, who would wait for another lease
		}
	})
	t.Run("the owner is gone, and another has come", func(t *testing.T) {
		third := Holder{3, 33}
		m := standby(t)
		m.Want(false)
		m.Gone(other)
		m.Want(true)
		m.finds(t, third, Watch)
	})
	t.Run("the owner that was gone commits", func(t *testing.T) {
		m := standby(t)
		m.Gone(other)
		m.after(t, Claim, Claiming)
		m.Refused()
		m.finds(t, other, Watch)
	})
	t.Run("the owner was gone before records were missed", func(t *testing.T) {
		m := standby(t)
		m.Want(false)
		m.Gone(other)
		m.Lost()
		m.Want(true)
		m.finds(t, other, Watch)
	})
	t.Run("the owner releases", func(t *testing.T) {
		m := standby(t)
		m.Saw(Holder{})
		m.after(t, Claim, Claiming)
	})
	t.Run("the owner releases during a look", func(t *testing.T) {
		m := New(me, true)
		m.after(t, Look, Standby)
		m.Saw(Holder{})
		m.Found(other) // as it was before
		m.finds(t, Holder{}, Claim)
	})
	t.Run("something may have been missed during a look", func(t *testing.T) {
		m := New(me, true)
		m.after(t, Look, Standby)
		m.Lost()
		m.Found(other)
		m.finds(t, other, Watch)
	})
	t.Run("its turn comes, and the release was not heard", func(t *testing.T) {
		m := standby(t)
		m.Want(false)
		m.after(t, Nothing, Standby)
		m.Want(true)
		m.finds(t, Holder{}, Claim)
	})
	t.Run("another takes over", func(t *testing.T) {
		m := standby(t)
		m.Saw(Holder{3, 33})
		m.after(t, Watch, Standby)
		m.Gone(other)
		m.after(t, Nothing, Standby)
	})
	t.Run("the servers are away", func(t *testing.T) {
		m := standby(t)
		m.Gone(other)
		m.after(t, Claim, Claiming)
		m.Failed()
		m.after(t, Look, Standby)
		m.Failed()
		m.after(t, Look, Standby)
	})
	t.Run("this node was away, and judges anew", func(t *testing.T) {
		m := standby(t)
		m.Lease(false)
		m.Gone(other)
		m.after(t, Nothing, Standby)
		m.Lease(true)
		m.after(t, Claim, Claiming)
	})
	t.Run("while it drains", func(t *testing.T) {
		m := standby(t)
		m.Want(false)
		m.Gone(other)
		m.after(t, Nothing, Standby)
	})
	t.Run("it is freed", func(t *testing.T) {
		m := standby(t)
		m.End()
		m.after(t, Nothing, Ended)
	})
}

// Whatever comes in any order, the machine claims only with a lease and never as the owner, waits
// for one answer at a time, and never comes back from the end.
func TestAnyOrder(t *testing.T) {
	random := testrand.New(t)
	holders := []Holder{{}, me, other, {1, 10}, {3, 33}}
	for range 2_000 {
		m, lease, open := New(me, random.IntN(2) == 0), false, Nothing
		lease = m.lease
		for range 60 {
			was, h := m.Phase(), holders[random.IntN(len(holders))]
			var do Do
			switch random.IntN(14) {
			case 0:
				m.Found(h)
			case 1:
				m.Saw(h)
			case 2:
				m.Failed()
			case 3:
				do = m.Claimed()
			case 4:
				do = m.Refused()
			case 5:
				m.Stopped()
			case 6:
				m.Released()
			case 7:
				m.Gone(h)
			case 8:
				lease = random.IntN(4) > 0
				do = m.Lease(lease)
			case 9:
				m.Want(random.IntN(4) > 0)
			case 10:
				if random.IntN(20) == 0 {
					m.End()
				}
			default:
				do = m.Next()
				if do == Claim && (!lease || was == Owner) {
					t.Fatalf("it claims as %v with lease %v", was, lease)
				}
				if do != Nothing && open != Nothing && m.waits == open {
					t.Fatalf("it wants %v before %v is answered", do, open)
				}
			}
			if was == Ended && (do != Nothing || m.Phase() != Ended) {
				t.Fatalf("it wants %v after the end", do)
			}
			if m.Phase() == Owner && was != Owner && was != Claiming {
				t.Fatalf("it became the owner as %v", was)
			}
			open = m.waits
		}
	}
}
