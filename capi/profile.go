//go:build meshos_profile

package main

// #include <stdlib.h>
// __attribute__((visibility("default"))) void net_meshos_profile_end(void);
import "C"

import (
	"os"
	"runtime/pprof"
)

// A library of this build tag profiles itself, for bench/profile.sh.
var profile *os.File

func init() {
	var err error
	if profile, err = os.Create(C.GoString(C.getenv(C.CString("NET_MESHOS_PROFILE")))); err != nil {
		panic(err)
	}
	if err := pprof.StartCPUProfile(profile); err != nil {
		panic(err)
	}
}

//export net_meshos_profile_end
func net_meshos_profile_end() {
	pprof.StopCPUProfile()
	if err := profile.Close(); err != nil {
		panic(err)
	}
}
