package machine

import (
	"os"
	"testing"
)

func TestTheFiguresOfThisMachineMakeSense(t *testing.T) {
	f := Read(os.TempDir())
	if f.Load < 0 || f.MemTotal < 64<<20 || f.MemUsed == 0 || f.MemUsed > f.MemTotal || f.DiskTotal == 0 || f.DiskUsed > f.DiskTotal {
		t.Errorf("%+v", f)
	}
	if f := Read("/does/not/exist"); f.DiskTotal != 0 || f.MemTotal == 0 {
		t.Errorf("%+v", f)
	}
}

func TestFilesThatAreNotAsExpectedGiveNothing(t *testing.T) {
	for text, want := range map[string]float64{"0.52 0.1 0.0 1/2 3\n": 0.52, "": -1, "x y": -1, "-3 1": -1, "NaN 1": -1} {
		if got := loadOf([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	for text, want := range map[string][2]uint64{
		"MemTotal:     1000 kB\nMemFree: 1 kB\nMemAvailable:    400 kB\n": {1000 << 10, 600 << 10},
		"MemTotal: 1000 kB\n":                                  {},
		"MemTotal: x kB\nMemAvailable: 1 kB\n":                 {},
		"MemTotal: 99999999999999999 kB\nMemAvailable: 1 kB\n": {},
		"MemTotal: 10 kB\nMemAvailable: 20 kB\n":               {10 << 10, 0},
		"":                                                     {},
	} {
		if total, used := memoryOf([]byte(text)); total != want[0] || used != want[1] {
			t.Errorf("%q: %d %d", text, total, used)
		}
	}
}
