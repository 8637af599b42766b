// Two daemons count the words of a text: one splits lines, the other counts, and its counts survive this process:
//   wordcount.js TEXT STATE
// STATE is a file with the counts so far; it is made if it isn't there. A daemon that fails at a line goes on with the next
// one, and the log says why.

import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { LogLevel, MeshosError, Sdk } from 'net-meshos';

function split(event, emit) {
    const line = new TextDecoder('utf-8', { fatal: true }).decode(event.payload); // a line that isn't UTF-8 fails
    for (const word of line.toLowerCase().match(/\p{L}+/gu) ?? []) emit(word);
}

class Tally {
    words = new Map();

    process(event) {
        const word = event.payload.toString();
        this.words.set(word, (this.words.get(word) ?? 0) + 1);
    }
    snapshot() {
        return JSON.stringify([...this.words]);
    }
    restore(state) {
        this.words = new Map(JSON.parse(state.toString()));
    }
}

/** A real program keeps 32 secret random bytes for each daemon. This one has no secrets. */
function seed(name) {
    return createHash('sha256').update(`wordcount ${name}`).digest();
}

async function* lines(stream) {
    let rest = Buffer.alloc(0);
    for await (const chunk of stream) {
        rest = Buffer.concat([rest, chunk]);
        let from = 0;
        for (let at; (at = rest.indexOf(10, from)) >= 0; from = at + 1) yield rest.subarray(from, at);
        rest = rest.subarray(from);
    }
    if (rest.length > 0) yield rest;
}

/** What can't be written is said before the work, and the text is never written over. */
function checkWritable(text, state) {
    const source = statSync(text);
    for (const file of [state, `${state}.new`]) {
        const there = statSync(file, { throwIfNoEntry: false });
        if (there?.isDirectory()) throw Object.assign(new Error(`${file} is a folder`), { code: 'EISDIR' });
        if (there && there.dev === source.dev && there.ino === source.ino)
            throw Object.assign(new Error(`${file} is the text, and is not written over`), { code: 'EINVAL' });
    }
    writeFileSync(`${state}.new`, '');
    rmSync(`${state}.new`);
}

async function count(text, state) {
    checkWritable(text, state);
    const tally = new Tally();
    const sdk = Sdk.start({ backpressure_on: 50_000 });
    try {
        await sdk.onLog((record) => console.error(`error: ${record.message}`), LogLevel.Error);
        const splitter = sdk.register('splitter', seed('splitter'), split);
        const counter = sdk.register('counter', seed('counter'), tally);
        sdk.subscribe(splitter, counter);
        if (existsSync(state)) await sdk.restore(counter, readFileSync(state));
        let sequence = 0n;
        for await (const line of lines(createReadStream(text))) {
            const event = { payload: line, sequence: ++sequence };
            try {
                splitter.post(event);
            } catch (error) {
                if (error.kind !== 'queue_full') throw error;
                await splitter.flush();
                splitter.post(event);
            }
        }
        await sdk.flush();
        writeFileSync(`${state}.new`, await sdk.snapshot(counter));
        renameSync(`${state}.new`, state);
        const { failures } = sdk.daemonRuntime(splitter);
        if (failures > 0) {
            console.error(`${failures} lines could not be read`);
            process.exitCode = 1;
        }
    } finally {
        await sdk.close();
    }
    const sorted = [...tally.words].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    const shown = sorted.slice(0, 5).map(([word, n]) => `${String(n).padStart(6)} ${word}\n`);
    const out = Buffer.from(shown.join(''));
    for (let at = 0; at < out.length; ) at += writeSync(1, out, at); // console.log keeps errors to itself
}

// What a callback throws is also a warning of Node's; here the log of the SDK is enough.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
    if (warning.name !== 'MeshosCallbackFailed') console.error(warning.stack);
});

if (process.argv.length !== 4) {
    console.error('usage: wordcount.js TEXT STATE');
    process.exit(2);
}
try {
    await count(process.argv[2], process.argv[3]);
} catch (error) {
    if (!(error instanceof MeshosError) && !error.code) throw error;
    console.error(`wordcount.js: ${error.message}`);
    process.exitCode = 1;
}
