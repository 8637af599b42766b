package node

import (
	"math"
	"slices"
	"strings"
	"testing"

	"netmeshos/internal/actor"
	"netmeshos/internal/config"
	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/life"
	"netmeshos/internal/vitals"
)

// probed is a daemon that is probed.
type probed struct{ actor.None }

func (probed) Features() actor.Features { return actor.HasProbe }
func (probed) Probe() vitals.Vitals     { return vitals.Vitals{} }

// A refused registration changes nothing. Of several reasons, a name that is not UTF-8 comes
// first, then the shutdown of the node, then the rest of the name.
func TestRefusedRegistrations(t *testing.T) {
	small, large := quiet, quiet
	large.ControlCapacity = config.CapacityLimit
	for _, c := range []struct {
		rule   string
		config config.Config
		name   string
		seed   int
		down   bool
		kind   fault.Kind
		words  []string // in the message
	}{
		{"a name that is not UTF-8", small, "\xff", 2, false, fault.InvalidArgument, []string{"UTF-8"}},
		{"a name with a surrogate", small, "a\xed\xa0\x80", 2, false, fault.InvalidArgument, []string{"UTF-8"}},
		{"a name that is not UTF-8, and all the rest", large, "\x00\xff", 1, true, fault.InvalidArgument, []string{"UTF-8"}},
		{"a name with a NUL byte", small, "abc\x00d", 2, false, fault.RuntimePanic, []string{"NUL", "offset 3"}},
		{"a name that begins with one", small, "\x00", 2, false, fault.RuntimePanic, []string{"offset 0"}},
		{"a control capacity that is too large", large, "b", 2, false, fault.RuntimePanic, []string{"control_capacity"}},
		{"both", large, "\x00", 2, false, fault.RuntimePanic, []string{"NUL"}},
		{"an identity that is registered", small, "b", 1, false, fault.RegisterFailed, []string{`"first"`, "0x"}},
		{"a name with a NUL byte and an identity that is registered", small, "\x00", 1, false, fault.RuntimePanic, []string{"NUL"}},
		{"a node that is down", small, "b", 2, true, fault.AlreadyShutdown, nil},
		{"a node that is down, and all the rest", large, "\x00", 1, true, fault.AlreadyShutdown, nil},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var seen recorded
			n := startNode(t, c.config, Options{OnLife: seen.hook})
			var first *Daemon
			if c.config.ControlCapacity == 0 {
				r := registration("first", 1, actor.None{})
				var err *fault.Error
				if first, err = n.Register(r); err != nil {
					t.Fatal(err)
				}
				defer first.Close(nil, nil)
			}
			if c.down {
				wantFault(t, "Shutdown", n.Shutdown(nil), "")
			}
			seen.take()
			r := registration(c.name, c.seed, probed{})
			r.Ready = func(*Daemon) { t.Error("Ready was called") }
			d, err := n.Register(r)
			if d != nil {
				t.Error("there is a daemon")
			}
			wantFault(t, "Register", err, c.kind)
			for _, word := range c.words {
				if err == nil || !strings.Contains(err.Error(), word) {
					t.Errorf("%v doesn't say %q", err, word)
				}
			}
			if events := seen.take(); len(events) != 0 {
				t.Errorf("life events %v", events)
			}
			if len(n.probed) != 0 {
				t.Error("the daemon is probed")
			}
			if all := n.all(); first != nil && !slices.Equal(all, []*Daemon{first}) || first == nil && len(all) != 0 {
				t.Errorf("registered are %v", all)
			}
		})
	}
}

func TestNamesThatAreAccepted(t *testing.T) {
	n := startNode(t, quiet, Options{})
	for i, name := range []string{"", "daemon", "Ω日😀"} {
		d, err := n.Register(registration(name, i, actor.None{}))
		if err != nil || d.Name() != name {
			t.Fatalf("%q: %v", name, err)
		}
		d.Close(nil, nil)
	}
}

// Callbacks without process are refused after a name that is not UTF-8, and before
// everything else.
func TestRegisterNeedsProcess(t *testing.T) {
	n := startNode(t, quiet, Options{})
	for range 2 { // the second time the node is down
		_, err := n.Register(registration("\xff", 1, nil))
		if wantFault(t, "a bad name", err, fault.InvalidArgument); err == ErrNoProcess {
			t.Error("the callbacks were checked before the name")
		}
		if _, err := n.Register(registration("\x00", 1, nil)); err != ErrNoProcess {
			t.Errorf("no callbacks: %v", err)
		}
		_ = n.Shutdown(nil)
	}
}

// Ready is called before the daemon can be found. A registration and an end are life events.
func TestRegister(t *testing.T) {
	var seen recorded
	n := startNode(t, quiet, Options{OnLife: seen.hook})
	var ready *Daemon
	long := strings.Repeat("x", 10_000)
	r := registration(long, 1, probed{})
	r.Ready = func(d *Daemon) {
		ready = d
		if len(seen.take()) != 0 || len(n.daemons) != 0 {
			t.Error("registered before Ready was called")
		}
	}
	d, err := n.Register(r)
	if err != nil || d != ready || d.Name() != long {
		t.Fatalf("%p, ready %p, %v", d, ready, err)
	}
	defer d.Close(nil, nil)
	events := seen.take()
	want := life.Registered{Daemon: life.Daemon{ID: d.ID()}, Name: fault.Shorten(long)}
	if !slices.Equal(events, []life.Event{want}) {
		t.Errorf("life events %v, want %v", events, want)
	}
	if _, asked := n.probed[d]; !asked {
		t.Error("the daemon is not probed")
	}
	d.Close(nil, nil)
	if events := seen.take(); !slices.Equal(events, []life.Event{life.Ended{Daemon: life.Daemon{ID: d.ID()}}}) {
		t.Errorf("life events at the end: %v", events)
	}
	if len(n.probed) != 0 || len(n.all()) != 0 {
		t.Error("something is left")
	}
}

// A control capacity that is too large is refused when a daemon is registered, not at the
// start, as in the reference library.
func TestTheControlCapacityIsCheckedByRegister(t *testing.T) {
	for capacity, kind := range map[uint64]fault.Kind{
		config.CapacityLimit - 1: "",
		config.CapacityLimit:     fault.RuntimePanic,
		math.MaxUint64:           fault.RuntimePanic,
	} {
		c := quiet
		c.ControlCapacity = capacity
		n := startNode(t, c, Options{})
		r := registration("daemon", 1, actor.None{})
		r.Mailbox = control.NewQueue(1)
		d, err := n.Register(r)
		wantFault(t, "Register", err, kind)
		if err == nil {
			d.Close(nil, nil)
		}
	}
}
