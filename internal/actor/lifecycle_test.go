package actor

import (
	"strings"
	"testing"
)

// matrix is every state and input: "." stays, "!" is refused.
const matrix = `
                 stop     stopOver       resume  leave           leaveOver finished detach          release
Running          Stopping .              .       Leaving         .         .        Detached        Released
Stopping         !        Stopped        !       Leaving         .         .        Detached        Released
Stopped          !        .              Running LeavingStopped  .         .        Detached        Released
Leaving          !        LeavingStopped !       !               Finishing .        DetachedLeaving Released
LeavingStopped   !        .              !       !               Finishing .        DetachedLeaving Released
Finishing        !        .              !       !               .         Consumed Consumed        Released
Detached         !        .              !       DetachedLeaving .         .        .               Released
DetachedLeaving  !        .              !       !               Consumed  .        .               Released
Consumed         !        .              !       !               .         .        .               Released
Released         !        .              !       !               .         .        .               .`

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

func TestWhatHoldsInAState(t *testing.T) {
	for l, want := range map[Lifecycle]struct {
		open, over, consumed, processes, shuttingDown bool
		shown                                         string
	}{
		Running:         {open: true, processes: true, shown: "running"},
		Stopping:        {open: true, processes: true, shuttingDown: true, shown: "stopping"},
		Stopped:         {open: true, shown: "stopped"},
		Leaving:         {open: true, processes: true, shuttingDown: true, shown: "stopping"},
		LeavingStopped:  {open: true, shuttingDown: true, shown: "stopped"},
		Finishing:       {consumed: true, shown: "stopped"},
		Detached:        {over: true, shown: "stopped"},
		DetachedLeaving: {over: true, shuttingDown: true, shown: "stopped"},
		Consumed:        {over: true, consumed: true, shown: "stopped"},
		Released:        {over: true, consumed: true, shown: "stopped"},
	} {
		if l.Open() != want.open || l.Over() != want.over || l.HandleConsumed() != want.consumed ||
			l.processes() != want.processes || l.shuttingDown() != want.shuttingDown || l.shown() != want.shown {
			t.Errorf("%v: open %v, over %v, consumed %v, processes %v, shutting down %v, shown %q", l,
				l.Open(), l.Over(), l.HandleConsumed(), l.processes(), l.shuttingDown(), l.shown())
		}
	}
}

// A lifecycle that is over stays over, a consumed handle consumed.
func TestNothingComesBack(t *testing.T) {
	for from := range lifecycles {
		for in := range inputs {
			to, _ := from.after(in)
			if from.Over() && !to.Over() || from.HandleConsumed() && !to.HandleConsumed() {
				t.Errorf("%v, %v: %v", from, in, to)
			}
		}
	}
}
