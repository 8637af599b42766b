package actor_test

import (
	"fmt"
	"testing"

	"netmeshos/internal/actor"
	events "netmeshos/internal/event"
	"netmeshos/internal/sched"
)

// listed is a sink that keeps the numbers of the outputs, and of the events that emitted
// them.
type listed []string

func (n *listed) Emit(in events.Batch, w *actor.Workspace) {
	if t, ok := w.Native.(*taking); ok && t.emptied > 0 {
		*n = append(*n, "emptied before it was read")
	}
	outputs, causes := w.Outputs()
	for i := range outputs.Len() {
		*n = append(*n, fmt.Sprintf("%d/%d", in.Metas[causes[i]].Sequence, outputs.Metas[i].Sequence))
	}
}

// taking is a Native whose Process passes outputs to some sinks itself. The actor asks it
// for outputs.
type taking struct {
	actor.Native
	takes   bool
	emptied int // calls of Empty
	w       *actor.Workspace
}

func (t *taking) Begin(uint64)          {}
func (t *taking) Free()                 {}
func (t *taking) Empty()                { t.emptied++ }
func (t *taking) Takes(actor.Sink) bool { return t.takes }
func (t *taking) Outputs(*actor.Request) (events.Batch, []uint32) {
	return t.w.Result.Outputs, t.w.Result.Causes
}

// emitsTwo emits two outputs for each event, and notes the reply that it is asked to call.
type emitsTwo struct {
	actor.None
	asked actor.Sink
}

func (d *emitsTwo) Process(in events.Batch, w *actor.Workspace) {
	if n, ok := w.Native.(*taking); ok {
		n.w = w
	}
	d.asked = w.Request.Reply
	for i := range in.Len() {
		w.Result.Handled++
		w.Result.Emitted += 2
		for n := range uint64(2) {
			if w.Request.Keep {
				w.Result.Outputs.Add(events.Event{Sequence: w.Request.FirstOutput + n})
				w.Result.Causes = append(w.Result.Causes, uint32(i))
			}
		}
	}
}

// A reply gets the outputs whatever kind of sink it is: from the callbacks if they know it,
// otherwise from the actor, but not from both.
func TestEveryReplyGetsTheOutputs(t *testing.T) {
	for name, c := range map[string]struct {
		native *taking
		asked  bool
		want   string
	}{
		"callbacks of Go":                   {nil, false, "[7/1 7/2]"},
		"callbacks of C, another's sink":    {&taking{}, false, "[7/1 7/2]"},
		"callbacks of C, a sink of its own": {&taking{takes: true}, true, "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			e := env(sched.NewPool())
			if c.native != nil {
				e.NewNative = func() actor.Native { return c.native }
			}
			d := &emitsTwo{}
			a := actor.New(e, 1, "daemon", d, channel())
			defer a.Release()
			var got listed
			if err := a.Deliver(events.Event{Sequence: 7}, &got, actor.Start{}, nil); err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(got) != c.want {
				t.Errorf("the reply got %v from the actor, want %v", got, c.want)
			}
			if (d.asked != nil) != c.asked {
				t.Errorf("Process was asked to reply to %v", d.asked)
			}
			if c.native != nil && c.native.emptied != 1 {
				t.Errorf("the memory for outputs was emptied %d times after a batch", c.native.emptied)
			}
			if err := a.Deliver(events.Event{Sequence: 8}, nil, actor.Start{}, nil); err != nil || d.asked != nil || fmt.Sprint(got) != c.want {
				t.Errorf("without a reply: %v, asked %v, got %v", err, d.asked, got)
			}
		})
	}
}
