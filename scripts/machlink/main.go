// Command machlink stands in for the C compiler when Go's linker links the library for
// macOS (its option -extld). It calls $MESHOS_CC with the arguments that it gets, but:
//
//   - The objects' symbols other than the library's calls become private, so that they
//     are not exported. Zig's linker takes no list of what is.
//   - CoreFoundation and libresolv are left out, for which Go asks. It uses nothing of
//     them here, as the link shows, and only Apple's SDK has them.
package main

import (
	"bytes"
	"debug/macho"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			os.Exit(failed.ExitCode())
		}
		fmt.Fprintln(os.Stderr, "machlink:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	cc := strings.Fields(os.Getenv("MESHOS_CC"))
	if len(cc) == 0 {
		return errors.New("MESHOS_CC does not say which C compiler links")
	}
	for _, arg := range args {
		if filepath.Ext(arg) == ".o" {
			if err := hideInFile(arg); err != nil {
				return fmt.Errorf("%s: %w", arg, err)
			}
		}
	}
	words := append(cc, withoutSDK(args)...)
	command := exec.Command(words[0], words[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	return command.Run()
}

func withoutSDK(args []string) []string {
	var kept []string
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "-framework" && i+1 < len(args) && args[i+1] == "CoreFoundation":
			i++
		case args[i] != "-lresolv":
			kept = append(kept, args[i])
		}
	}
	return kept
}

func hideInFile(path string) error {
	object, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := hide(object); err != nil {
		return err
	}
	return os.WriteFile(path, object, 0o600)
}

// What the byte of a symbol's type has, by <mach-o/nlist.h>.
const (
	typeExternal = 0x01
	typeMask     = 0x0e
	typePrivate  = 0x10
)

const (
	symbolSize = 16
	prefix     = "_net_meshos_" // C's names have a line before them there
)

// hide makes the symbols private that an object defines and that are no call.
func hide(object []byte) error {
	file, err := macho.NewFile(bytes.NewReader(object))
	if err != nil {
		return err
	}
	if file.Type != macho.TypeObj {
		return errors.New("it is no object")
	}
	if file.Symtab == nil { // of a file that has nothing for macOS
		return nil
	}
	// debug/macho leaves the offset out of what it has read.
	begin := int(file.ByteOrder.Uint32(file.Symtab.Raw()[8:]))
	for i, s := range file.Symtab.Syms {
		at := begin + i*symbolSize
		// The value of a symbol that nobody has defined is 0, and else the size of a common one.
		defined := s.Type&typeMask != 0 || s.Value != 0
		if s.Type&typeExternal != 0 && defined && !strings.HasPrefix(s.Name, prefix) {
			object[at+nameSize] |= typePrivate
		}
	}
	return nil
}

// nameSize is how long the field before the type is.
const nameSize = 4
