// Command meshos runs the server of a mesh on one machine (meshos up), and is the tool of its operators.
//
// Its exit statuses are those of common.go.
package main

import (
	"fmt"
	"io"
	"os"
)

// version is set by the linker.
var version = "0.0.0"

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(arguments []string, in io.Reader, out, errors io.Writer) int {
	root := newRoot()
	root.SetArgs(arguments)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errors)
	strict(root)
	err := root.Execute()
	if err == nil {
		return 0
	}
	fmt.Fprintf(errors, "meshos: %v\n", err)
	return statusOf(err)
}
