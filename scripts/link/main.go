// Command link stands in for the C compiler when Go's linker links the library
// (its option -extld), and makes a guest of the Go runtime in it: see guest.go, and
// late.go for what concerns a shared library only.
//
//	link ARGUMENT...   changes the go.o among the arguments, then calls $MESHOS_CC with all of them
//	link -object GO.O  changes one object, for an archive, and calls nobody
//
// A compiler whose linker lacks options that the library needs, as Zig's lacks
// --wrap, gets one object instead of many: $MESHOS_MERGE is the command which makes
// that, with those options (ld -r --wrap=NAME).
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			os.Exit(failed.ExitCode())
		}
		fmt.Fprintln(os.Stderr, "link:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 2 && args[0] == "-object" {
		return change(args[1], guest)
	}
	for _, arg := range args {
		if filepath.Base(arg) == "go.o" {
			if err := change(arg, guest, relocateLate); err != nil {
				return err
			}
		}
	}
	cc := strings.Fields(os.Getenv("MESHOS_CC"))
	if len(cc) == 0 {
		return errors.New("MESHOS_CC does not say which C compiler links")
	}
	if merger := strings.Fields(os.Getenv("MESHOS_MERGE")); len(merger) > 0 {
		var err error
		if args, err = merge(merger, args); err != nil {
			return err
		}
	}
	return call(append(cc, args...))
}

// merge has one object made of those among the arguments, and puts it in the place
// of the first of them.
func merge(merger, args []string) ([]string, error) {
	var objects, others []string
	first := -1
	for _, arg := range args {
		if filepath.Ext(arg) != ".o" {
			others = append(others, arg)
			continue
		}
		if first < 0 {
			first = len(others)
		}
		objects = append(objects, arg)
	}
	if first < 0 {
		return args, nil
	}
	whole := filepath.Join(filepath.Dir(objects[0]), "whole.o")
	if err := call(append(append(slices.Clone(merger), "-o", whole), objects...)); err != nil {
		return nil, err
	}
	return slices.Insert(others, first, whole), nil
}

func call(words []string) error {
	command := exec.Command(words[0], words[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	return command.Run()
}

// change changes an object of Go's linker in its file.
func change(path string, changes ...func([]byte) ([]byte, error)) error {
	bytes, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, do := range changes {
		if bytes, err = do(bytes); err != nil {
			return fmt.Errorf("this version of Go makes another object than those that are known, so the library can't be built with it: %w", err)
		}
	}
	return os.WriteFile(path, bytes, 0o600)
}
