// Puts two shared libraries into the package.
// - libnet_meshos.so: NET_MESHOS_LIBRARY is its path, or paths of it for several machines with ':' between them; by
//   default it is what `make` has built in this project.
// - libnet_meshos_node.so, which is made of bridge/ by bridge/build.sh: NET_MESHOS_BRIDGE is its path, or paths of it, one
//   for each of those; by default it is compiled, with CC or cc, for the machine that this runs on.
// NET_MESHOS_LICENCES is a folder with the licences of what the library is made of.
import { spawnSync } from 'node:child_process';
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

/** Puts it into the folder of its machine, and returns that machine. */
function bundle(library, name, advice) {
    if (!fs.existsSync(library)) refuse(`${library} is not there: ${advice}`);
    const machine = machines[fs.readFileSync(library).readUInt16LE(18)];
    if (!machine) refuse(`${library} is for a machine that the package isn't made for`);
    const folder = path.join(here, 'lib', `linux-${machine}`);
    fs.mkdirSync(folder, { recursive: true });
    fs.copyFileSync(library, path.join(folder, name));
    return machine;
}

function compiled() {
    const file = path.join(here, 'lib', 'libnet_meshos_node.so');
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const made = spawnSync(path.join(here, 'bridge', 'build.sh'), [file], { stdio: 'inherit' });
    if (made.status !== 0) refuse('bridge/ was not compiled: install a C compiler, or name one: CC=/path/to/it');
    return file;
}

const bundled = libraries.split(':').map((library) =>
    bundle(library, 'libnet_meshos.so', 'run make first, or name the library: NET_MESHOS_LIBRARY=/path/to/it'));
const bridge = process.env.NET_MESHOS_BRIDGE || compiled();
const bridged = bridge.split(':').map((library) => bundle(library, 'libnet_meshos_node.so', 'it is made by bridge/build.sh'));
for (const machine of bundled) {
    if (!bridged.includes(machine)) refuse(`NET_MESHOS_BRIDGE names no libnet_meshos_node.so for ${machine}: make one with bridge/build.sh`);
}
if (!process.env.NET_MESHOS_BRIDGE) fs.rmSync(bridge);
if (process.env.NET_MESHOS_LICENCES) {
    fs.cpSync(process.env.NET_MESHOS_LICENCES, path.join(here, 'lib', 'licences'), { recursive: true });
}
