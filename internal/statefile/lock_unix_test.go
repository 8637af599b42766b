//go:build unix && !solaris && !illumos && !aix

package statefile

import (
	"errors"
	"testing"
)

func TestAFolderIsLockedForOne(t *testing.T) {
	first := open(t)
	second, err := Open(first.folder)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := first.Lock(); err != nil {
			t.Fatal(err)
		}
		if err := second.Lock(); !errors.Is(err, ErrInUse) {
			t.Errorf("the second lock: %v", err)
		}
		second.Unlock()
		first.Unlock()
		first, second = second, first
	}
	if all := names(t, first); len(all) > 0 {
		t.Errorf("it leaves %q", all)
	}
}
