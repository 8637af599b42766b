package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// object is what Go's linker makes of a small library.
var object = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "link")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	archive := filepath.Join(folder, "library.a")
	build := exec.Command("go", "build", "-buildvcs=false", "-buildmode=c-archive", "-ldflags", "-s -w", "-o", archive, "./testdata/library")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, err
	}
	extract := exec.Command("ar", "x", archive, "go.o")
	extract.Dir = folder
	if err := extract.Run(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(folder, "go.o"))
})

func fresh(t *testing.T) []byte {
	t.Helper()
	o, err := object()
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(o)
}

func parsed(t *testing.T, o []byte) *elf.File {
	t.Helper()
	file, err := elf.NewFile(bytes.NewReader(o))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestGuestTakesTheStartFromTheLoader(t *testing.T) {
	o := fresh(t)
	if _, err := guest(o); err != nil {
		t.Fatal(err)
	}
	file := parsed(t, o)
	for _, s := range file.Sections {
		if s.Type == elf.SHT_INIT_ARRAY || strings.HasPrefix(s.Name, ".init_array") {
			t.Errorf("the loader still finds the section %s", s.Name)
		}
	}
	symbols, err := file.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	global := 0
	for _, s := range symbols {
		if s.Name == starts[file.Machine] {
			global++
			if elf.ST_BIND(s.Info) != elf.STB_GLOBAL {
				t.Errorf("%s is %v", s.Name, elf.ST_BIND(s.Info))
			}
		}
	}
	if global != 1 {
		t.Errorf("%d symbols are the start, not 1", global)
	}
}

// A relocation must name after the change what it named before, of which the
// symbols that changed places are what can go wrong.
func TestGuestKeepsWhatRelocationsName(t *testing.T) {
	before, after := fresh(t), fresh(t)
	if _, err := guest(after); err != nil {
		t.Fatal(err)
	}
	names := func(o []byte) []string {
		g, err := open(o)
		if err != nil {
			t.Fatal(err)
		}
		symbols, err := g.file.Symbols()
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, s := range g.file.Sections {
			g.relocations(s, func(r relocation) {
				if i := r.symbol(); i > 0 {
					all = append(all, symbols[i-1].Name)
				}
			})
		}
		return all
	}
	want, got := names(before), names(after)
	if len(want) == 0 || len(got) != len(want) {
		t.Fatalf("%d relocations, before %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("relocation %d names %s, before %s", i, got[i], want[i])
		}
	}
}

func TestGuestLeavesTheHostsSignalsBlocked(t *testing.T) {
	o := fresh(t)
	if _, err := guest(o); err != nil {
		t.Fatal(err)
	}
	g, err := open(o)
	if err != nil {
		t.Fatal(err)
	}
	table, err := g.symbol("runtime.sigtable", signals*entrySize)
	if err != nil {
		t.Fatal(err)
	}
	unblocked := map[int]bool{4: true, 5: true, 7: true, 8: true, 11: true, 32: true, 33: true}
	for signal := range signals {
		if is := binary.LittleEndian.Uint32(table[signal*entrySize:])&sigUnblock != 0; is != unblocked[signal] {
			t.Errorf("signal %d is unblocked: %v", signal, is)
		}
	}
}

func TestGuestRefusesWhatItDoesNotKnow(t *testing.T) {
	spoil := func(symbol string) func([]byte) {
		return func(o []byte) {
			g, err := open(o)
			if err != nil {
				t.Fatal(err)
			}
			s := g.symbols[symbol]
			names := g.file.Sections[g.file.Sections[g.symtab()].Link]
			at := bytes.Index(o[names.Offset:names.Offset+names.Size], []byte("\x00"+s.Name+"\x00"))
			o[int(names.Offset)+at+1] = '?'
		}
	}
	cases := map[string]struct {
		spoil func([]byte)
		words string
	}{
		"no object":       {func(o []byte) { o[0] = 0 }, "bad magic"},
		"no start":        {spoil("_rt0_amd64_linux_lib"), "_rt0_amd64_linux_lib"},
		"no signal table": {spoil("runtime.sigtable"), "runtime.sigtable"},
		"no limit raised": {spoil("syscall.init.0"), "syscall.init.0"},
		"another limit":   {spoil("syscall.origRlimitNofile"), "RLIMIT_NOFILE"},
		"another signal table": {func(o []byte) {
			g, err := open(o)
			if err != nil {
				t.Fatal(err)
			}
			table, err := g.symbol("runtime.sigtable", signals*entrySize)
			if err != nil {
				t.Fatal(err)
			}
			table[17*entrySize]++
		}, "signal 17"},
		"a second time": {func(o []byte) {
			if _, err := guest(o); err != nil {
				t.Fatal(err)
			}
		}, ".init_array"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			o := fresh(t)
			c.spoil(o)
			if _, err := guest(o); err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("the error is %v, and should have the words %q", err, c.words)
			}
		})
	}
}
