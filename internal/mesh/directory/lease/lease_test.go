package lease

import (
	"testing"
	"time"
)

const ttl = 30 * time.Second

// script drives an Own step by step.
type script struct {
	t *testing.T
	o *Own
}

func (s script) wants(do Do, arg uint64) func(Do, uint64) {
	s.t.Helper()
	return func(got Do, with uint64) {
		s.t.Helper()
		if got != do || with != arg {
			s.t.Fatalf("wants %v %d, not %v %d", got, with, do, arg)
		}
	}
}

// holding returns a lease that was acquired at time 0 with sequence 5.
func holding(t *testing.T) (script, *Own) {
	s := script{t, New(1, ttl)}
	s.wants(Read, 0)(s.o.Tick(0))
	s.wants(Store, 0)(s.o.Found(0, Record{}))
	s.wants(Nothing, 0)(s.o.Stored(time.Second, 5))
	if s.o.Status() != Holding || s.o.Epoch() != 1 {
		t.Fatalf("status %v, epoch %d", s.o.Status(), s.o.Epoch())
	}
	return s, s.o
}

func TestALeaseHoldsFourFifthsFromTheSendingOfTheRenewal(t *testing.T) {
	s, o := holding(t)
	if o.Until() != 24*time.Second || !o.Held(24*time.Second-1) || o.Held(24*time.Second) {
		t.Fatalf("until %v", o.Until())
	}
	s.wants(Nothing, 0)(o.Tick(10*time.Second - 1))
	s.wants(Store, 5)(o.Tick(10 * time.Second))
	s.wants(Nothing, 0)(o.Stored(13*time.Second, 6)) // sent at 10
	if o.Until() != 34*time.Second || o.Epoch() != 1 {
		t.Fatalf("until %v, epoch %d", o.Until(), o.Epoch())
	}
	s.wants(Store, 6)(o.Tick(20 * time.Second))
}

// A process that was stopped sees it without any other step before.
func TestAStoppedProcessDoesNotHoldItsLease(t *testing.T) {
	s, o := holding(t)
	s.wants(Store, 5)(o.Tick(10 * time.Second))
	if o.Held(60 * time.Second) {
		t.Fatal("held after a minute")
	}
	// The answer that waited all the time gives nothing.
	s.wants(Store, 6)(o.Stored(60*time.Second, 6))
	if o.Held(60*time.Second) || o.Status() != Pending {
		t.Fatalf("status %v", o.Status())
	}
	s.wants(Nothing, 0)(o.Stored(61*time.Second, 7))
	if !o.Held(61*time.Second) || o.Epoch() != 2 {
		t.Fatalf("status %v, epoch %d", o.Status(), o.Epoch())
	}
}

func TestALiveInstanceKeepsItsId(t *testing.T) {
	for _, c := range []struct {
		name   string
		pong   Pong
		do     Do
		expect uint64
		status Status
		next   time.Duration
	}{
		{"it answers", Alive, Nothing, 0, Taken, ttl},
		{"it is silent", Silent, Nothing, 0, Pending, time.Second},
		{"nobody listens", Nobody, Store, 9, Pending, 0},
	} {
		s := script{t, New(1, ttl)}
		s.wants(Read, 0)(s.o.Tick(0))
		s.wants(Ping, 2)(s.o.Found(0, Record{Sequence: 9, Instance: 2}))
		s.wants(c.do, c.expect)(s.o.Pinged(0, c.pong))
		if s.o.Status() != c.status || s.o.Next() != c.next {
			t.Errorf("%s: status %v, next %v", c.name, s.o.Status(), s.o.Next())
		}
		if c.do == Nothing {
			s.wants(Read, 0)(s.o.Tick(c.next)) // and then again
		}
	}
}

func TestALeaseThatAnotherHasTakenIsLostAtOnce(t *testing.T) {
	s, o := holding(t)
	s.wants(Store, 5)(o.Tick(10 * time.Second))
	s.wants(Read, 0)(o.Refused(10 * time.Second))
	if !o.Held(10 * time.Second) {
		t.Fatal("a refusal alone doesn't say that it is lost: it may be one's own record")
	}
	s.wants(Ping, 2)(o.Found(10*time.Second, Record{Sequence: 7, Instance: 2}))
	if o.Held(10*time.Second) || o.Status() != Pending {
		t.Fatal("still held")
	}
}

func TestARenewalInDoubtIsReadBeforeItIsRepeated(t *testing.T) {
	s, o := holding(t)
	s.wants(Store, 5)(o.Tick(10 * time.Second))
	s.wants(Nothing, 0)(o.Failed(12 * time.Second))
	s.wants(Nothing, 0)(o.Tick(12*time.Second + ttl/12 - 1))
	s.wants(Read, 0)(o.Reconnected(14 * time.Second))
	s.wants(Store, 6)(o.Found(14*time.Second, Record{Sequence: 6, Instance: 1}))
	s.wants(Nothing, 0)(o.Stored(15*time.Second, 8))
	if o.Epoch() != 1 || o.Until() != 38*time.Second {
		t.Fatalf("epoch %d, until %v", o.Epoch(), o.Until())
	}
}

func TestLeavingGivesTheLeaseUp(t *testing.T) {
	s, o := holding(t)
	s.wants(Give, 5)(o.Leave(time.Second))
	if o.Held(time.Second) || o.Status() != Given {
		t.Fatal("still held")
	}
	o.Gave()
	s.wants(Nothing, 0)(o.Tick(time.Hour))

	s, o = holding(t) // with a renewal under way
	s.wants(Store, 5)(o.Tick(10 * time.Second))
	s.wants(Nothing, 0)(o.Leave(10 * time.Second))
	s.wants(Give, 6)(o.Stored(11*time.Second, 6))

	o = New(1, ttl) // before it was acquired
	s = script{t, o}
	s.wants(Read, 0)(o.Tick(0))
	s.wants(Nothing, 0)(o.Leave(0))
	s.wants(Nothing, 0)(o.Found(0, Record{}))
	if o.Status() != Given {
		t.Fatalf("status %v", o.Status())
	}
}

func TestAnswersThatNobodyAwaitsChangeNothing(t *testing.T) {
	_, o := holding(t)
	before := *o
	o.Found(1, Record{Sequence: 9, Instance: 2})
	o.Pinged(1, Nobody)
	o.Stored(1, 99)
	o.Refused(1)
	o.Failed(1)
	o.Gave()
	if *o != before {
		t.Fatalf("%+v, was %+v", *o, before)
	}
}
