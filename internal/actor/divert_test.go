package actor_test

import (
	"testing"
	"testing/synctest"

	"netmeshos/internal/actor"
	events "netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/sched"
)

// slow is a summer that processes an event once it may.
type slow struct {
	summer
	may chan struct{}
}

func (s *slow) Process(in events.Batch, w *actor.Workspace) {
	<-s.may
	s.summer.Process(in, w)
}

// What waits in the inbox of a diverted actor is handed out in order, what is processed ends, and callers are told to go
// elsewhere, those that wait too; but not those that wait for the state.
func TestADivertedActorLeavesItsInboxToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{summer: summer{daemon: daemon{t: t}}, may: make(chan struct{})}
		e := env(sched.NewPool())
		e.InboxCapacity = 4
		a := actor.New(e, 5, "slow", s, channel())
		a.MakeShared()
		t.Cleanup(func() { a.Release(); synctest.Wait() })
		one := func(text string) []events.Event { return []events.Event{{Origin: 9, Payload: []byte(text)}} }
		for _, text := range []string{"1", "20", "300", "4000"} {
			if _, err := a.Post(one(text)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait() // the first is being processed
		}
		ends := make(chan *fault.Error, 2)
		go func() { ends <- a.Deliver(one("50000")[0], nil, actor.Start{}, nil) }()
		go func() { _, err := a.PostWait(one("600000"), -1, nil); ends <- err }()
		sealed := make(chan string, 1)
		go func() {
			_ = a.Seal(func(state []byte) error { sealed <- string(state); return nil })
		}()
		synctest.Wait()
		var rest string
		a.Divert(func(events []events.Event) {
			for _, e := range events {
				rest += string(e.Payload) + " "
			}
		})
		for range 2 {
			if err := <-ends; err != actor.Away {
				t.Errorf("who waits gets %v, want Away", err)
			}
		}
		if n, err := a.Post(one("7")); n != 0 || err != actor.Away {
			t.Errorf("%d events accepted, %v, want Away", n, err)
		}
		if a.Refusal() != nil {
			t.Errorf("it refuses events with %v, and is only away", a.Refusal())
		}
		close(s.may)
		if state := <-sealed; state != "1" || rest != "20 300 4000 " {
			t.Errorf("the state is %s and the rest %s, want 1 and 20 300 4000", state, rest)
		}
		synctest.Wait()
		if n := e.Gauge.Waiting(); n != 0 {
			t.Errorf("%d events wait", n)
		}
		a.Undivert()
		if _, err := a.Post(one("8")); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if s.sum != 9 {
			t.Errorf("the sum is %d in the end, want 9", s.sum)
		}
		if a.Divert(nil); a.View(0).Waiting != 0 {
			t.Error("something waits")
		}
	})
}
