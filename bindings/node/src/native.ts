// The two libraries in the package: libnet_meshos, unless NET_MESHOS_LIBRARY names another, and what this package does
// in C, which is made of bridge/.

import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import koffi, { type LibraryHandle } from 'koffi';

const platform = `${process.platform}-${process.arch}`;

function packaged(name: string): string {
    const file = fileURLToPath(new URL(`../lib/${platform}/${name}`, import.meta.url));
    if (!fs.existsSync(file)) throw new Error(`net-meshos has no library for ${platform}: ${file} is not there`);
    return file;
}

function load(file: string): LibraryHandle {
    try {
        return koffi.load(file);
    } catch (cause) {
        throw new Error(`net-meshos can't load its library ${file}: ${(cause as Error).message}`, { cause });
    }
}

export const libraryFile = process.env['NET_MESHOS_LIBRARY'] || packaged('libnet_meshos.so');
export const library = load(libraryFile);
export const bridge = load(packaged('libnet_meshos_node.so'));
