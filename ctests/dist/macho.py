"""Looks at a library for macOS: macho.py LIBRARY DECLARED. DECLARED has a line for each call."""
import hashlib
import struct
import sys

SYMTAB, ID_DYLIB, LOAD_DYLIB, EXPORTS, SIGNATURE, SEGMENT = 0x2, 0xD, 0xC, 0x80000033, 0x1D, 0x19
DYLD_INFO = (0x22, 0x80000022)

data = open(sys.argv[1], "rb").read()
declared = {"_" + line.strip() for line in open(sys.argv[2])}
magic, machine, _, kind, count = struct.unpack_from("<IIIII", data)
assert magic == 0xFEEDFACF and kind == 6, "it is no library of a 64-bit machine"

commands = []
at = 32
for _ in range(count):
    command, size = struct.unpack_from("<II", data, at)
    commands.append((command, at))
    at += size


def name_of(at):
    begin = at + struct.unpack_from("<I", data, at + 8)[0]
    return data[begin:data.index(b"\0", begin)].decode()


def uleb(at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def exported(trie, at, prefix=b""):
    """The names in the tree of those that the loader finds."""
    size, at = uleb(at)
    if size:
        yield prefix.decode()
    at += size
    children = data[at]
    at += 1
    for _ in range(children):
        end = data.index(b"\0", at)
        child, after = uleb(end + 1)
        yield from exported(trie, trie + child, prefix + data[at:end])
        at = after


names = set()
for command, at in commands:
    if command == EXPORTS:
        trie, size = struct.unpack_from("<II", data, at + 8)
    elif command in DYLD_INFO:
        trie, size = struct.unpack_from("<II", data, at + 40)
    else:
        continue
    names |= set(exported(trie, trie)) if size else set()
names -= {"___dso_handle", "__mh_dylib_header"}  # Zig's linker has them in every library
assert names == declared, f"exported and not declared, or the other way round: {sorted(names ^ declared)}"

libraries = [name_of(at) for command, at in commands if command == LOAD_DYLIB]
assert libraries == ["/usr/lib/libSystem.B.dylib"], libraries
own = [name_of(at) for command, at in commands if command == ID_DYLIB]
assert own == ["@rpath/libnet_meshos.dylib"], own

# Go starts at the load: there is a list of functions that the loader calls.
sections = []
for command, at in commands:
    if command == SEGMENT:
        for i in range(struct.unpack_from("<I", data, at + 64)[0]):
            section = at + 72 + 80 * i
            sections.append((data[section:section + 16].rstrip(b"\0"), struct.unpack_from("<I", data, section + 64)[0] & 0xFF))
INIT_POINTERS, INIT_OFFSETS = 0x9, 0x16
assert any(kind in (INIT_POINTERS, INIT_OFFSETS) for _, kind in sections), sections

signed = [at for command, at in commands if command == SIGNATURE]
ARM64 = 0x0100000C
assert signed or machine != ARM64, "arm64 loads no library without a signature"
for at in signed:
    begin = struct.unpack_from("<I", data, at + 8)[0]
    blobs = struct.unpack_from(">I", data, begin + 8)[0]
    for i in range(blobs):
        directory = begin + struct.unpack_from(">I", data, begin + 12 + 8 * i + 4)[0]
        if struct.unpack_from(">I", data, directory)[0] != 0xFADE0C02:
            continue
        sums, _, _, pages, limit = struct.unpack_from(">IIIII", data, directory + 16)
        length, page = data[directory + 36], 1 << data[directory + 39]
        assert limit == begin and pages == (limit + page - 1) // page, (limit, begin, pages)
        for n in range(pages):
            want = data[directory + sums + n * length:][:length]
            got = hashlib.sha256(data[n * page:min((n + 1) * page, limit)]).digest()
            assert got == want, f"page {n} has another sum than the signature says"
        print(f"{pages} pages are as signed")
print(f"{len(names)} calls, {len(data)} bytes")
