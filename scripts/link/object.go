package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// goObject is a relocatable ELF file that is changed in its place.
type goObject struct {
	bytes   []byte
	file    *elf.File
	order   byteOrder
	symbols map[string]elf.Symbol
	index   map[string]uint32 // of each symbol, in the table of them
}

// byteOrder is that of the machine which the object is for.
type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

func open(object []byte) (*goObject, error) {
	file, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		return nil, err
	}
	order, known := file.ByteOrder.(byteOrder)
	if file.Class != elf.ELFCLASS64 || !known || file.Type != elf.ET_REL {
		return nil, fmt.Errorf("it is no relocatable object of a 64-bit machine")
	}
	symbols, err := file.Symbols()
	if err != nil {
		return nil, err
	}
	o := &goObject{bytes: object, file: file, order: order, symbols: make(map[string]elf.Symbol), index: make(map[string]uint32)}
	for i, s := range symbols {
		o.symbols[s.Name] = s
		o.index[s.Name] = uint32(i + 1) // elf leaves out the first, which names nothing
	}
	return o, nil
}

func (o *goObject) section(name string) (*elf.Section, error) {
	if s := o.file.Section(name); s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("it has no section %s", name)
}

// symbol is what a symbol names, in the object.
func (o *goObject) symbol(name string, least uint64) ([]byte, error) {
	s, has := o.symbols[name]
	if !has {
		return nil, fmt.Errorf("it has no symbol %s", name)
	}
	if s.Size < least || int(s.Section) >= len(o.file.Sections) {
		return nil, fmt.Errorf("%s has %d bytes, not %d", name, s.Size, least)
	}
	section := o.file.Sections[s.Section]
	if section.Type != elf.SHT_PROGBITS || s.Value+s.Size > section.Size {
		return nil, fmt.Errorf("%s is in no section with content", name)
	}
	from := section.Offset + s.Value
	return o.bytes[from : from+s.Size : from+s.Size], nil
}

// relocation is an entry of a section of relocations, which may be changed.
type relocation struct {
	bytes []byte
	order byteOrder
}

const relocationSize = 24

func (r relocation) at() uint64     { return r.order.Uint64(r.bytes) }
func (r relocation) kind() uint32   { return uint32(r.info()) }
func (r relocation) symbol() uint32 { return uint32(r.info() >> 32) }
func (r relocation) addend() uint64 { return r.order.Uint64(r.bytes[16:]) }

func (r relocation) setKind(kind uint32)    { r.setInfo(infoOf(r.symbol(), kind)) }
func (r relocation) setSymbol(index uint32) { r.setInfo(infoOf(index, r.kind())) }

func (r relocation) info() uint64        { return r.order.Uint64(r.bytes[8:]) }
func (r relocation) setInfo(info uint64) { r.order.PutUint64(r.bytes[8:], info) }

func infoOf(symbol, kind uint32) uint64 { return uint64(symbol)<<32 | uint64(kind) }

// relocations calls do with each relocation of a section.
func (o *goObject) relocations(section *elf.Section, do func(relocation)) {
	if section.Type != elf.SHT_RELA {
		return
	}
	for at := section.Offset; at+relocationSize <= section.Offset+section.Size; at += relocationSize {
		do(relocation{o.bytes[at : at+relocationSize], o.order})
	}
}

// refersTo reports whether what stands between two offsets of a section names a
// symbol.
func (o *goObject) refersTo(section *elf.Section, from, to uint64, symbol string) bool {
	index, has := o.index[symbol]
	if !has {
		return false
	}
	found := false
	for _, s := range o.file.Sections {
		if s.Type == elf.SHT_RELA && int(s.Info) < len(o.file.Sections) && o.file.Sections[s.Info] == section {
			o.relocations(s, func(r relocation) {
				found = found || r.at() >= from && r.at() < to && r.symbol() == index
			})
		}
	}
	return found
}

const symbolSize = 24

// globalize gives other objects a symbol of this one, hidden outside what is
// linked. In the table local symbols come first: it changes places with the last
// of them.
func (o *goObject) globalize(name string) error {
	index, has := o.index[name]
	table := o.file.Sections[o.symtab()]
	if !has || index >= table.Info {
		return fmt.Errorf("%s is no local symbol", name)
	}
	last := table.Info - 1
	first, second := o.entry(table, index), o.entry(table, last)
	var swapped [symbolSize]byte
	copy(swapped[:], first)
	copy(first, second)
	copy(second, swapped[:])
	second[4] = byte(elf.STB_GLOBAL)<<4 | byte(elf.STT_FUNC)
	second[5] = byte(elf.STV_HIDDEN)
	for _, s := range o.file.Sections {
		o.relocations(s, func(r relocation) {
			switch r.symbol() {
			case index:
				r.setSymbol(last)
			case last:
				r.setSymbol(index)
			}
		})
	}
	o.order.PutUint32(o.header(table)[44:], last)
	return nil
}

// symtab is the number of the section with the symbols; an object without one
// has not been opened.
func (o *goObject) symtab() int {
	return slices.IndexFunc(o.file.Sections, func(s *elf.Section) bool { return s.Type == elf.SHT_SYMTAB })
}

func (o *goObject) entry(table *elf.Section, index uint32) []byte {
	at := table.Offset + uint64(index)*symbolSize
	return o.bytes[at : at+symbolSize]
}

// becomeData makes a section one like any other, of a new name that is as long.
func (o *goObject) becomeData(section *elf.Section, name string) error {
	if len(name) != len(section.Name) {
		return errors.New("the new name is of another length")
	}
	header := o.header(section)
	names := o.file.Sections[o.namesIndex()]
	at := uint64(o.order.Uint32(header)) + names.Offset
	copy(o.bytes[at:], name)
	o.order.PutUint32(header[4:], uint32(elf.SHT_PROGBITS))
	return nil
}

func (o *goObject) namesIndex() int {
	return int(o.order.Uint16(o.bytes[62:]))
}

// header is the section's 64 bytes in the table of sections.
func (o *goObject) header(section *elf.Section) []byte {
	table := o.order.Uint64(o.bytes[40:])
	for i, s := range o.file.Sections {
		if s == section {
			return o.bytes[table+uint64(i)*64:]
		}
	}
	panic("a section of another object")
}
