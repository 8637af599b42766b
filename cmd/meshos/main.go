// Command meshos runs the server of a mesh on one machine (meshos up), and is the tool of its operators.
//
// Its exit statuses: 0 done; 1 it failed, and standard error says why; 2 it was called wrongly.
package main

import (
	"fmt"
	"os"
)

// version is set by the linker.
var version = "0.0.0"

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(arguments []string) int {
	root := newRoot()
	root.SetArgs(arguments)
	err := root.Execute()
	if err == nil {
		return 0
	}
	fmt.Fprintf(os.Stderr, "meshos: %v\n", err)
	return statusOf(err)
}
