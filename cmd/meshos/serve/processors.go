package serve

import (
	"os"
	"runtime"
)

// mostProcessors is more than any machine has.
const mostProcessors = 4096

// share has the server use its share of the machine. On two processors, for which two nodes and the server contend, each
// that it doesn't try to use shortens their ways. Go's own variables come first.
func (o *Options) share() {
	if os.Getenv("GOMAXPROCS") != "" && o.Processors == 0 {
		return
	}
	runtime.SetDefaultGOMAXPROCS() // what there is for this process: a container may have less than the machine
	runtime.GOMAXPROCS(o.processors(runtime.GOMAXPROCS(0)))
}

func (o *Options) processors(there int) int {
	if o.Processors > 0 {
		return o.Processors
	}
	least := 1
	if o.Sync == "always" {
		least = 2 // one that waits for the disk is lost for the others for a while
	}
	return max(there/2, least)
}
