// Puts the shared library into the package. NET_MESHOS_LIBRARY is its path; by default it is what `make` has built in
// this project.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const library = process.env.NET_MESHOS_LIBRARY || path.join(here, '..', '..', 'build', 'libnet_meshos.so');
if (!fs.existsSync(library)) {
    console.error(`${library} is not there: run make first, or name the library: NET_MESHOS_LIBRARY=/path/to/it`);
    process.exit(1);
}
const folder = path.join(here, 'lib', `${process.platform}-${process.arch}`);
fs.mkdirSync(folder, { recursive: true });
fs.copyFileSync(library, path.join(folder, 'libnet_meshos.so'));
