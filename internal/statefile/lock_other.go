//go:build !unix || solaris || illumos || aix

package statefile

import "os"

// lock locks nothing here, so that files are never taken for left behind.
func lock(*os.File) (mine, others bool) { return false, false }

// namesOpenFiles: Windows refuses to rename or remove a file that is open.
const namesOpenFiles = false
