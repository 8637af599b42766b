package serve

import (
	"runtime"
	"testing"
)

func TestProcessors(t *testing.T) {
	for _, c := range []struct{ given, there, unsynced, synced int }{
		{0, 1, 1, 2}, {0, 2, 1, 2}, {0, 3, 1, 2}, {0, 4, 2, 2}, {0, 16, 8, 8}, {3, 2, 3, 3}, {1, 64, 1, 1},
	} {
		for sync, want := range map[string]int{"2m": c.unsynced, "always": c.synced} {
			o := Options{Sync: sync, Processors: c.given}
			if got := o.processors(c.there); got != want {
				t.Errorf("--processors %d, --sync %s on a machine with %d: %d, want %d", c.given, sync, c.there, got, want)
			}
		}
	}
}

func TestProcessorsOfTheEnvironment(t *testing.T) {
	before := runtime.GOMAXPROCS(3)
	defer runtime.GOMAXPROCS(before)
	t.Setenv("GOMAXPROCS", "3")
	(&Options{Sync: "2m"}).share()
	if got := runtime.GOMAXPROCS(0); got != 3 {
		t.Errorf("%d, but GOMAXPROCS is 3", got)
	}
	(&Options{Sync: "2m", Processors: 1}).share()
	if got := runtime.GOMAXPROCS(0); got != 1 {
		t.Errorf("%d, but --processors is 1", got)
	}
}

func TestProcessorsThatCannotBe(t *testing.T) {
	for _, n := range []int{-1, mostProcessors + 1} {
		o := Default()
		o.Processors = n
		if err := o.Check(); err == nil {
			t.Errorf("--processors %d is taken", n)
		}
	}
}
