package meshos_test

import (
	"os"
	"regexp"
	"testing"

	meshos "netmeshos/runtime"
)

func TestTheVersionIsThatOfTheHeader(t *testing.T) {
	header, err := os.ReadFile("../include/net_meshos_ext.h")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`#define NET_MESHOS_EXT_VERSION "(.+)"`).FindSubmatch(header)
	if found == nil || string(found[1]) != meshos.Version {
		t.Errorf("the header has %q, and Version is %q", found, meshos.Version)
	}
}
