package main

import (
	"bytes"
	"debug/macho"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

type symbol struct {
	name  string
	kind  byte
	value uint64
}

// object is a Mach-O object that has symbols and nothing else.
func object(symbols []symbol) []byte {
	names := []byte{0}
	var table []byte
	for _, s := range symbols {
		table = binary.LittleEndian.AppendUint32(table, uint32(len(names)))
		table = append(table, s.kind, 1, 0, 0)
		table = binary.LittleEndian.AppendUint64(table, s.value)
		names = append(append(names, s.name...), 0)
	}
	const begin = 32 + 24
	var out []byte
	for _, word := range []uint32{
		macho.Magic64, uint32(macho.CpuArm64), 0, uint32(macho.TypeObj), 1, 24, 0, 0,
		uint32(macho.LoadCmdSymtab), 24, begin, uint32(len(symbols)), begin + uint32(len(table)), uint32(len(names)),
	} {
		out = binary.LittleEndian.AppendUint32(out, word)
	}
	return append(append(out, table...), names...)
}

func TestHide(t *testing.T) {
	const inSection, undefined = 0x0e | typeExternal, typeExternal
	o := object([]symbol{
		{"_net_meshos_sdk_start", inSection, 16},
		{"_crosscall2", inSection, 32},
		{"_local", 0x0e, 48},
		{"_malloc", undefined, 0},
		{"_common", undefined, 8},
	})
	before := bytes.Clone(o)
	if err := hide(o); err != nil {
		t.Fatal(err)
	}
	file, err := macho.NewFile(bytes.NewReader(o))
	if err != nil {
		t.Fatal(err)
	}
	var private []string
	for _, s := range file.Symtab.Syms {
		if s.Type&typePrivate != 0 {
			private = append(private, s.Name)
		}
	}
	if want := []string{"_crosscall2", "_common"}; !slices.Equal(private, want) {
		t.Errorf("private are %q", private)
	}
	changed := 0
	for i := range o {
		if o[i] != before[i] {
			changed++
		}
	}
	if changed != 2 {
		t.Errorf("%d bytes have changed", changed)
	}
}

func TestHideRefuses(t *testing.T) {
	library := object(nil)
	library[12] = byte(macho.TypeDylib)
	for name, o := range map[string][]byte{"no Mach-O": []byte("\x7fELF, and more than four bytes"), "a library": library} {
		if err := hide(o); err == nil {
			t.Errorf("%s is taken for an object", name)
		}
	}
}

func TestWithoutSDK(t *testing.T) {
	got := withoutSDK(strings.Fields("-dynamiclib -framework CoreFoundation a.o -lresolv -framework Security -framework"))
	if want := strings.Fields("-dynamiclib a.o -framework Security -framework"); !slices.Equal(got, want) {
		t.Errorf("kept are %q", got)
	}
}
