package main

import (
	"debug/elf"
	"encoding/binary"
	"maps"
	"slices"
)

const headerSize = 64

// rewrite is the object with other names for some of its sections, and one more of
// data that is only read, with its relocations. All that grows goes to the end:
// what was there keeps its place and its number.
func (o *goObject) rewrite(names map[int]string, name string, content, relocations []byte) []byte {
	out := slices.Clone(o.bytes)
	place := func(bytes []byte) uint64 {
		out = append(out, make([]byte, -len(out)&15)...)
		out = append(out, bytes...)
		return uint64(len(out) - len(bytes))
	}

	strings := o.file.Sections[o.namesIndex()]
	texts := slices.Clone(o.bytes[strings.Offset : strings.Offset+strings.Size])
	text := func(s string) uint32 {
		at := len(texts)
		texts = append(append(texts, s...), 0)
		return uint32(at)
	}

	count := len(o.file.Sections)
	from := o.order.Uint64(o.bytes[40:])
	table := slices.Clone(o.bytes[from : from+uint64(count)*headerSize])
	for _, index := range slices.Sorted(maps.Keys(names)) {
		o.order.PutUint32(table[index*headerSize:], text(names[index]))
	}
	table = append(table, o.newHeader(elf.Section64{
		Name: text(name), Type: uint32(elf.SHT_PROGBITS), Flags: uint64(elf.SHF_ALLOC),
		Off: place(content), Size: uint64(len(content)), Addralign: 8,
	})...)
	table = append(table, o.newHeader(elf.Section64{
		Name: text(".rela" + name), Type: uint32(elf.SHT_RELA), Flags: uint64(elf.SHF_INFO_LINK),
		Off: place(relocations), Size: uint64(len(relocations)), Addralign: 8, Entsize: relocationSize,
		Link: uint32(o.symtab()), Info: uint32(count),
	})...)
	entry := table[o.namesIndex()*headerSize:]
	o.order.PutUint64(entry[24:], place(texts))
	o.order.PutUint64(entry[32:], uint64(len(texts)))

	o.order.PutUint64(out[40:], place(table))
	o.order.PutUint16(out[60:], uint16(count+2))
	return out
}

// newHeader is how a section stands in the table of them.
func (o *goObject) newHeader(s elf.Section64) []byte {
	bytes, err := binary.Append(nil, o.order, s)
	if err != nil {
		panic(err) // it has numbers only
	}
	return bytes
}
