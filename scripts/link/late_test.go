package main

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// where is a place in a section, and target what a relocation there names.
type where struct {
	section string
	offset  uint64
}

type target struct {
	kind   uint32
	symbol string
	addend uint64
}

// dataRelocations are those of all that is written to. The sections of constants
// count as one, as in a library: the later ones begin behind the first.
func dataRelocations(t *testing.T, object []byte) map[where]target {
	t.Helper()
	o, err := open(object)
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := o.file.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[where]target)
	for i, s := range o.file.Sections {
		if s.Type != elf.SHT_RELA || o.file.Sections[s.Info].Flags&elf.SHF_WRITE == 0 {
			continue
		}
		o.relocations(o.file.Sections[i], func(r relocation) {
			found[where{fmt.Sprint(s.Info), r.at()}] = target{r.kind(), symbols[r.symbol()-1].Name, r.addend()}
		})
	}
	return found
}

// placesOf reads the table as capi/relocate.c does.
func placesOf(t *testing.T, object []byte) map[where]bool {
	t.Helper()
	o, err := open(object)
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := o.file.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	table, err := o.section(placesSection)
	if err != nil {
		t.Fatal(err)
	}
	relocations, err := o.section(".rela" + placesSection)
	if err != nil {
		t.Fatal(err)
	}
	begins := make(map[uint64]where) // the words that are places
	o.relocations(relocations, func(r relocation) {
		s := symbols[r.symbol()-1]
		if r.kind() != pointers[o.file.Machine].relative {
			t.Errorf("the place at %d is of the kind %d", r.at(), r.kind())
		}
		begins[r.at()] = where{fmt.Sprint(int(s.Section)), s.Value + r.addend()}
	})
	places := make(map[where]bool)
	var next where
	for at := uint64(0); at < table.Size; at += 8 {
		word := binary.LittleEndian.Uint64(object[table.Offset+at:])
		place, begin := begins[at]
		switch {
		case begin && word == 0:
			places[place] = true
			next = where{place.section, place.offset + 8}
		case !begin && word&1 == 1:
			for i := range uint64(bits) {
				if word>>(i+1)&1 == 1 {
					places[where{next.section, next.offset + i*8}] = true
				}
			}
			next.offset += bits * 8
		default:
			t.Fatalf("the word at %d is %#x, and the linker writes it: %v", at, word, begin)
		}
	}
	return places
}

func late(t *testing.T) (before, after []byte) {
	t.Helper()
	before, err := guest(fresh(t))
	if err != nil {
		t.Fatal(err)
	}
	after, err = relocateLate(slices.Clone(before))
	if err != nil {
		t.Fatal(err)
	}
	return before, after
}

func TestLatePointersAreInTheTable(t *testing.T) {
	before, after := late(t)
	kinds := pointers[parsed(t, before).Machine]
	defined := make(map[string]bool)
	symbols, err := parsed(t, before).Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		defined[s.Name] = s.Section != elf.SHN_UNDEF
	}
	old, changed, places := dataRelocations(t, before), dataRelocations(t, after), placesOf(t, after)
	outside := 0
	want := make(map[where]bool)
	for at, was := range old {
		is := changed[at]
		expected := was
		switch {
		case was.kind == kinds.absolute && defined[was.symbol]:
			want[at] = true
			expected.kind = kinds.relative
		case !defined[was.symbol]:
			outside++
		}
		if is != expected {
			t.Fatalf("the relocation at %v is %v, was %v, and should be %v", at, is, was, expected)
		}
	}
	if len(changed) != len(old) || outside == 0 || len(want) < 1000 {
		t.Errorf("%d relocations, before %d; %d of other objects, %d places", len(changed), len(old), outside, len(want))
	}
	if !maps.Equal(want, places) {
		t.Errorf("the table has %d places, and should have %d", len(places), len(want))
	}
}

func TestLateConstantsAreASectionOfTheirOwn(t *testing.T) {
	_, after := late(t)
	constants := 0
	for _, s := range parsed(t, after).Sections {
		if strings.HasPrefix(s.Name, ".data.rel.ro") {
			t.Errorf("the loader protects %s before the pointers are there", s.Name)
		}
		if s.Name == constantsSection {
			constants++
			if s.Addralign != pageSize {
				t.Errorf("the constants are aligned to %d", s.Addralign)
			}
		}
	}
	if constants == 0 {
		t.Errorf("no section %s", constantsSection)
	}
}

// What is not changed must be where it was.
func TestLateKeepsTheRest(t *testing.T) {
	before, after := late(t)
	old, changed := parsed(t, before), parsed(t, after)
	if len(changed.Sections) != len(old.Sections)+2 {
		t.Fatalf("%d sections, before %d", len(changed.Sections), len(old.Sections))
	}
	for i, s := range old.Sections {
		is := changed.Sections[i].SectionHeader
		if s.Name == ".shstrtab" {
			continue
		}
		is.Name, is.Addralign = s.Name, s.Addralign
		if is != s.SectionHeader {
			t.Errorf("section %s is %v, before %v", s.Name, is, s.SectionHeader)
		}
	}
}

func TestLateTable(t *testing.T) {
	cases := map[string]struct {
		offsets []uint64
		words   []uint64 // 0: a place
	}{
		"one":                   {[]uint64{80}, []uint64{0}},
		"two":                   {[]uint64{80, 88}, []uint64{0, 0b11}},
		"the last of a word":    {[]uint64{0, 63 * 8}, []uint64{0, 1<<63 | 1}},
		"the first of the next": {[]uint64{0, 8, 64 * 8}, []uint64{0, 0b11, 0b11}},
		"far away":              {[]uint64{0, 64 * 8}, []uint64{0, 0}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			content, relocations := placesOfAll{{symbol: 7, base: 8, offsets: c.offsets}}.encode(binary.LittleEndian, 24)
			var words []uint64
			for ; len(content) > 0; content = content[8:] {
				words = append(words, binary.LittleEndian.Uint64(content))
			}
			if !slices.Equal(words, c.words) {
				t.Errorf("the words are %#x, and should be %#x", words, c.words)
			}
			first := relocation{relocations, binary.LittleEndian}
			if first.at() != 0 || first.symbol() != 7 || first.kind() != 24 || first.addend() != c.offsets[0]-8 {
				t.Errorf("the first relocation is %x", relocations[:relocationSize])
			}
		})
	}
}

func TestLateRefusesWhatItDoesNotKnow(t *testing.T) {
	rename := func(from, to string) func([]byte) []byte {
		return func(o []byte) []byte { return []byte(strings.ReplaceAll(string(o), from, to)) }
	}
	cases := map[string]struct {
		spoil func([]byte) []byte
		words string
	}{
		"no object":       {func([]byte) []byte { return make([]byte, 100) }, "bad magic"},
		"no constants":    {rename(".data.rel.ro", ".data.rel.rw"), ".data.rel.ro"},
		"another machine": {func(o []byte) []byte { o[18] = byte(elf.EM_RISCV); return o }, "RISCV"},
		"no pointers": {func(o []byte) []byte {
			g, err := open(o)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range g.file.Sections {
				g.relocations(s, func(r relocation) { r.setKind(0) })
			}
			return o
		}, "no pointers"},
		"a second time": {func(o []byte) []byte {
			o, err := relocateLate(o)
			if err != nil {
				t.Fatal(err)
			}
			return o
		}, placesSection},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := relocateLate(c.spoil(fresh(t))); err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("the error is %v, and should have the words %q", err, c.words)
			}
		})
	}
}
