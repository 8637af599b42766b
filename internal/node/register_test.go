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

// probed is a daemon that is asked how it is.
type probed struct{ actor.None }

func (probed) Features() actor.Features { return actor.HasProbe }
func (probed) Probe() vitals.Vitals     { return vitals.Vitals{} }

// What is refused, with what is said of it. The node's end comes first, then the name.
func TestRegistrationsThatAreRefused(t *testing.T) {
	small, large := still, still
	large.ControlCapacity = config.CapacityLimit
	for _, c := range []struct {
		rule   string
		config config.Config
		name   string
		seed   int
		down   bool
		kind   fault.Kind
		say    []string
	}{
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
			r.Ready = func(*Daemon) { t.Error("it was ready") }
			d, err := n.Register(r)
			if d != nil {
				t.Error("there is a daemon")
			}
			wantFault(t, "Register", err, c.kind)
			for _, word := range c.say {
				if err == nil || !strings.Contains(err.Error(), word) {
					t.Errorf("%v doesn't say %q", err, word)
				}
			}
			if told := seen.take(); len(told) != 0 {
				t.Errorf("told %v", told)
			}
			if len(n.probed) != 0 {
				t.Error("it is asked how it is")
			}
			if all := n.all(); first != nil && !slices.Equal(all, []*Daemon{first}) || first == nil && len(all) != 0 {
				t.Errorf("registered are %v", all)
			}
		})
	}
}

func TestCheckName(t *testing.T) {
	for name, kind := range map[string]fault.Kind{
		"": "", "daemon": "", "Ω日😀": "", "a\x00": "", // Register refuses the last, as Go's names may have it
		"\xff": fault.InvalidArgument, "a\xed\xa0\x80": fault.InvalidArgument,
	} {
		wantFault(t, name, CheckName(name), kind)
	}
}

// A daemon is ready before anybody can find it, and what is registered is told of.
func TestRegister(t *testing.T) {
	var seen recorded
	n := startNode(t, still, Options{OnLife: seen.hook})
	var ready *Daemon
	long := strings.Repeat("x", 10_000)
	r := registration(long, 1, probed{})
	r.Ready = func(d *Daemon) {
		ready = d
		if len(seen.take()) != 0 || len(n.daemons) != 0 {
			t.Error("it is registered before it is ready")
		}
	}
	d, err := n.Register(r)
	if err != nil || d != ready || d.Name() != long {
		t.Fatalf("%p, ready %p, %v", d, ready, err)
	}
	defer d.Close(nil, nil)
	told := seen.take()
	want := life.Registered{Daemon: life.Daemon{ID: d.ID()}, Name: fault.Shorten(long)}
	if !slices.Equal(told, []life.Event{want}) {
		t.Errorf("told %v, want %v", told, want)
	}
	if _, asked := n.probed[d]; !asked {
		t.Error("it is not asked how it is")
	}
	d.Close(nil, nil)
	if told := seen.take(); !slices.Equal(told, []life.Event{life.Ended{Daemon: life.Daemon{ID: d.ID()}}}) {
		t.Errorf("told %v of the end", told)
	}
	if len(n.probed) != 0 || len(n.all()) != 0 {
		t.Error("something is left")
	}
}

// The largest capacity is refused when a daemon is registered and not before, as the
// reference does.
func TestTheControlCapacityIsCheckedWhenItIsNeeded(t *testing.T) {
	for capacity, kind := range map[uint64]fault.Kind{
		config.CapacityLimit - 1: "",
		config.CapacityLimit:     fault.RuntimePanic,
		math.MaxUint64:           fault.RuntimePanic,
	} {
		c := still
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
