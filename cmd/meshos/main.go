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
	written := &noted{to: out}
	root.SetIn(in)
	root.SetOut(written)
	root.SetErr(errors)
	strict(root)
	err := root.Execute()
	if err == nil && written.err != nil {
		err = fmt.Errorf("the output can't be written: %w", written.err)
	}
	if err == nil {
		return 0
	}
	fmt.Fprintf(errors, "meshos: %v\n", err)
	return statusOf(err)
}

// noted keeps the first error of a writer, which cobra's help and some commands don't
// look at.
type noted struct {
	to  io.Writer
	err error
}

func (n *noted) Write(text []byte) (int, error) {
	count, err := n.to.Write(text)
	if n.err == nil {
		n.err = err
	}
	return count, err
}
