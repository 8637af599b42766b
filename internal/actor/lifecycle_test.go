package actor

import (
	"strings"
	"testing"
)

// matrix gives the next state for every state and input; "." means unchanged, "!" refused.
const matrix = `
                       stop     stopOver            restarted shutDown               shutDownOver finished terminate              release
Running                Stopping .                   .         ShuttingDown           .            .        Terminated             Released
Stopping               !        Stopped             !         ShuttingDown           .            .        Terminated             Released
Stopped                !        .                   Running   StoppedShuttingDown    .            .        Terminated             Released
ShuttingDown           !        StoppedShuttingDown !         !                      Finishing    .        TerminatedShuttingDown Released
StoppedShuttingDown    !        .                   !         !                      Finishing    .        TerminatedShuttingDown Released
Finishing              !        .                   !         !                      .            Consumed Consumed               Released
Terminated             !        .                   !         TerminatedShuttingDown .            .        .                      Released
TerminatedShuttingDown !        .                   !         !                      Consumed     .        .                      Released
Consumed               !        .                   !         !                      .            .        .                      Released
Released               !        .                   !         !                      .            .        .                      .`

func TestTransitions(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(matrix), "\n")
	columns := strings.Fields(rows[0])
	if len(rows)-1 != int(lifecycles) || len(columns) != int(inputs) {
		t.Fatalf("the matrix has %d states and %d inputs", len(rows)-1, len(columns))
	}
	for i, row := range rows[1:] {
		from := Lifecycle(i)
		cells := strings.Fields(row)
		if cells[0] != from.String() {
			t.Fatalf("row %d is of %s, want %v", i, cells[0], from)
		}
		for in := range inputs {
			if columns[in] != in.String() {
				t.Fatalf("column %d is of %s, want %v", in, columns[in], in)
			}
			want, accepted := cells[in+1], true
			switch want {
			case ".":
				want = from.String()
			case "!":
				want, accepted = from.String(), false
			}
			if to, ok := from.after(in); to.String() != want || ok != accepted {
				t.Errorf("%v, %v: %v (accepted %v), want %s (%v)", from, in, to, ok, want, accepted)
			}
		}
	}
}

func TestPropertiesOfEachState(t *testing.T) {
	for l, want := range map[Lifecycle]struct {
		open, over, consumed, processes, inGrace bool
		shown                                    string
	}{
		Running:                {open: true, processes: true, shown: "running"},
		Stopping:               {open: true, processes: true, inGrace: true, shown: "stopping"},
		Stopped:                {open: true, shown: "stopped"},
		ShuttingDown:           {open: true, processes: true, inGrace: true, shown: "stopping"},
		StoppedShuttingDown:    {open: true, inGrace: true, shown: "stopped"},
		Finishing:              {consumed: true, shown: "stopped"},
		Terminated:             {over: true, shown: "stopped"},
		TerminatedShuttingDown: {over: true, inGrace: true, shown: "stopped"},
		Consumed:               {over: true, consumed: true, shown: "stopped"},
		Released:               {over: true, consumed: true, shown: "stopped"},
	} {
		if l.Open() != want.open || l.Over() != want.over || l.HandleConsumed() != want.consumed ||
			l.processes() != want.processes || l.inGrace() != want.inGrace || l.shown() != want.shown {
			t.Errorf("%v: open %v, over %v, consumed %v, processes %v, in grace %v, shown %q", l,
				l.Open(), l.Over(), l.HandleConsumed(), l.processes(), l.inGrace(), l.shown())
		}
	}
}

// A lifecycle that is over stays over, and a consumed handle stays consumed.
func TestNoTransitionLeavesAnEnd(t *testing.T) {
	for from := range lifecycles {
		for in := range inputs {
			to, _ := from.after(in)
			if from.Over() && !to.Over() || from.HandleConsumed() && !to.HandleConsumed() {
				t.Errorf("%v, %v: %v", from, in, to)
			}
		}
	}
}
