// Puts the shared library into the package. NET_MESHOS_LIBRARY is its path, or paths of it for several machines with ':'
// between them; by default it is what `make` has built in this project. NET_MESHOS_LICENCES is a folder with the licences
// of what the library is made of.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

// Node's names of machines, by their numbers in ELF files of the little-endian kind.
const machines = { 62: 'x64', 183: 'arm64' };

const here = path.dirname(fileURLToPath(import.meta.url));
const libraries = process.env.NET_MESHOS_LIBRARY || path.join(here, '..', '..', 'build', 'libnet_meshos.so');

function refuse(why) {
    console.error(why);
    process.exit(1);
}

for (const library of libraries.split(':')) {
    if (!fs.existsSync(library)) {
        refuse(`${library} is not there: run make first, or name the library: NET_MESHOS_LIBRARY=/path/to/it`);
    }
    const machine = machines[fs.readFileSync(library).readUInt16LE(18)];
    if (!machine) refuse(`${library} is for a machine that the package isn't made for`);
    const folder = path.join(here, 'lib', `linux-${machine}`);
    fs.mkdirSync(folder, { recursive: true });
    fs.copyFileSync(library, path.join(folder, 'libnet_meshos.so'));
}
if (process.env.NET_MESHOS_LICENCES) {
    fs.cpSync(process.env.NET_MESHOS_LICENCES, path.join(here, 'lib', 'licences'), { recursive: true });
}
