package main

import (
	"debug/elf"
	"fmt"
	"slices"
)

// The names by which capi/relocate.c finds the two sections: the linker gives those
// of C identifiers symbols for where they begin and end.
const (
	placesSection    = "go_places"    // where Go's pointers are
	constantsSection = "go_constants" // what nobody writes to once they are there
)

// The page size of the machines that the library is for, or a part of it.
const pageSize = 4096

// A pointer of Go's data is one of two kinds of relocation: the first one leaves it
// to the loader, which adds the address that the library has got. With the second
// the linker writes how far the target is from the pointer, which is the same
// wherever the library is.
var pointers = map[elf.Machine]struct{ absolute, relative uint32 }{
	elf.EM_X86_64:  {uint32(elf.R_X86_64_64), uint32(elf.R_X86_64_PC64)},
	elf.EM_AARCH64: {uint32(elf.R_AARCH64_ABS64), uint32(elf.R_AARCH64_PREL64)},
	elf.EM_S390:    {uint32(elf.R_390_64), uint32(elf.R_390_PC64)},
}

// relocateLate takes the pointers in what is written in Go away from the loader.
// They are 25,000, on every page of it, and nobody needs them before Go starts:
// capi/relocate.c completes them then. What they name outside the object stays the
// loader's: the linker alone knows whether another library has it.
func relocateLate(object []byte) ([]byte, error) {
	o, err := open(object)
	if err != nil {
		return nil, err
	}
	if _, err := o.section(placesSection); err == nil {
		return nil, fmt.Errorf("it has a section %s already", placesSection)
	}
	found, err := o.makePointersRelative()
	if err != nil {
		return nil, err
	}
	names, err := o.constants()
	if err != nil {
		return nil, err
	}
	for index := range names {
		o.order.PutUint64(o.header(o.file.Sections[index])[48:], pageSize)
	}
	content, relocations := found.encode(o.order, pointers[o.file.Machine].relative)
	return o.rewrite(names, placesSection, content, relocations), nil
}

// places are where pointers are in a section: offsets, counted from a symbol.
type places struct {
	symbol  uint32
	base    uint64 // of the symbol in the section
	offsets []uint64
}

type placesOfAll []places

// makePointersRelative changes the kind of the pointers between parts of the
// object, and tells where they are.
func (o *goObject) makePointersRelative() (placesOfAll, error) {
	kinds, known := pointers[o.file.Machine]
	if !known {
		return nil, fmt.Errorf("no relocations of %v are known", o.file.Machine)
	}
	var all placesOfAll
	for _, s := range o.file.Sections {
		if s.Type != elf.SHT_RELA || !o.isData(int(s.Info)) {
			continue
		}
		p := places{}
		o.relocations(s, func(r relocation) {
			if r.kind() == kinds.absolute && r.at()%8 == 0 && o.inside(r.symbol()) {
				r.setKind(kinds.relative)
				p.offsets = append(p.offsets, r.at())
			}
		})
		if len(p.offsets) == 0 {
			continue
		}
		var err error
		if p.symbol, p.base, err = o.symbolOf(int(s.Info)); err != nil {
			return nil, err
		}
		slices.Sort(p.offsets)
		all = append(all, p)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("it has no pointers of the kind %d", kinds.absolute)
	}
	return all, nil
}

// isData reports whether a section is data which Go alone looks at, at addresses
// that are multiples of 8.
func (o *goObject) isData(index int) bool {
	if index >= len(o.file.Sections) {
		return false
	}
	s := o.file.Sections[index]
	const data = elf.SHF_ALLOC | elf.SHF_WRITE
	return s.Type == elf.SHT_PROGBITS && s.Flags == data && s.Addralign%8 == 0
}

// inside reports whether the object has itself what a symbol names.
func (o *goObject) inside(symbol uint32) bool {
	table := o.file.Sections[o.symtab()]
	section := o.order.Uint16(o.entry(table, symbol)[6:])
	return section != uint16(elf.SHN_UNDEF) && section < uint16(elf.SHN_LORESERVE)
}

// symbolOf is a symbol that names something in the section, and where that is.
func (o *goObject) symbolOf(section int) (index uint32, offset uint64, err error) {
	table := o.file.Sections[o.symtab()]
	for i := uint32(1); i < uint32(table.Size/symbolSize); i++ {
		entry := o.entry(table, i)
		if int(o.order.Uint16(entry[6:])) == section {
			return i, o.order.Uint64(entry[8:]), nil
		}
	}
	return 0, 0, fmt.Errorf("no symbol names anything in %s", o.file.Sections[section].Name)
}

// constants are the sections that can be made read-only.
func (o *goObject) constants() (map[int]string, error) {
	names := make(map[int]string)
	for i, s := range o.file.Sections {
		switch s.Name {
		case ".data.rel.ro", ".data.rel.ro.typelink", ".data.rel.ro.itablink":
			names[i] = constantsSection
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("it has no section .data.rel.ro")
	}
	return names, nil
}

// bits is how many places a word of the table can tell of, beside the bit that says
// that it does.
const bits = 63

// encode makes the table of the places, as ELF has it for relocations (SHT_RELR)
// but for one thing. An even word is a place: how far it is from the word itself,
// which the linker writes. Each bit of an odd word but the lowest is one of the 63
// words that follow what the word before told of.
func (all placesOfAll) encode(order byteOrder, relative uint32) (content, relocations []byte) {
	for _, p := range all {
		for rest := p.offsets; len(rest) > 0; {
			relocations = order.AppendUint64(relocations, uint64(len(content)))
			relocations = order.AppendUint64(relocations, infoOf(p.symbol, relative))
			relocations = order.AppendUint64(relocations, rest[0]-p.base)
			content = order.AppendUint64(content, 0)
			next := rest[0] + 8
			rest = rest[1:]
			for {
				word := uint64(1)
				for len(rest) > 0 && rest[0] < next+bits*8 {
					word |= 1 << ((rest[0]-next)/8 + 1)
					rest = rest[1:]
				}
				if word == 1 {
					break
				}
				content = order.AppendUint64(content, word)
				next += bits * 8
			}
		}
	}
	return content, relocations
}
