// What becomes of SDKs that are still open, and of calls that still wait, when a thread of Node's ends. The library's
// threads must not make a callback any more once Node takes down what koffi makes it with.
// - A thread that runs out of work shuts its SDKs down while its event loop still runs.
// - A Worker that ends otherwise begins that at its last moment. Node waits for the calls on its pool before it takes the
//   Worker down, and answers callbacks without JavaScript until then.
// - A Worker that is terminated can't begin it. What is open then is shut down with its gate (bridge/gate.c).
// - A process that ends by process.exit or an error has no loop any more. It would wait for its pool, where calls may
//   wait for callbacks that never come. So it ends here, once all that listens to its end has run.

import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { takeCoverage } from 'node:v8';
import { isMainThread } from 'node:worker_threads';
import koffi from 'koffi';
import { calls } from './calls.js';
import { onThread, waitingCalls } from './waiting.js';

/** The SDKs of this thread that nobody has shut down, and what tells each that this was done. */
const running = new Map<bigint, () => void>();

/** An SDK has started. */
export function begins(sdk: bigint, ended: () => void): void {
    running.set(sdk, ended);
}

/** An SDK has been shut down. */
export function ends(sdk: bigint): void {
    running.delete(sdk);
}

/** Shuts down what still runs, on Node's pool. */
function shutAllDown(): void {
    for (const [sdk, ended] of running) void onThread(calls.net_meshos_sdk_shutdown, sdk).then(ended);
}

// A listener of the program's may have found work for an SDK. Then this event comes again.
process.on('beforeExit', () => process.nextTick(() => waitingCalls() === 0 && shutAllDown()));

let fatal: { error: unknown } | undefined;

function monitor(error: unknown): void {
    const caught = process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback();
    if (!caught) fatal = { error };
}

/** The line that threw, as Node shows it. */
function placeOf(error: unknown): string {
    const [, name, line, column] = /\(?(\S*?):(\d+):(\d+)\)?$/m.exec((error as Error)?.stack ?? '') ?? [];
    if (!name) return '';
    try {
        const source = fs.readFileSync(name.startsWith('file:') ? fileURLToPath(name) : name, 'utf8').split('\n')[Number(line) - 1]!;
        const thrown = /throw\s+$/.exec(source.slice(0, Number(column) - 1))?.index ?? Number(column) - 1;
        return `${name}:${line}\n${source}\n${source.slice(0, thrown).replace(/\S/g, ' ')}^\n\n`;
    } catch {
        return ''; // no file that can be read
    }
}

/** What Node prints after the listeners, and so not here. */
function print(error: unknown): void {
    const shown = error instanceof Error ? inspect(error) : `Uncaught:\n${inspect(error)}`;
    try {
        fs.writeSync(2, `${placeOf(error)}${shown}\n\nNode.js ${process.version}\n`);
    } catch {
        // nobody reads it
    }
}

const end = koffi.load('libc.so.6').func('void _exit(int status)');

function atExit(code: number): void {
    if (waitingCalls() === 0 && running.size === 0) return;
    const listeners = process.listeners('exit');
    for (const listener of listeners.slice(listeners.indexOf(atExit) + 1)) listener.call(process, code);
    if (fatal) print(fatal.error);
    if (process.env['NODE_V8_COVERAGE']) takeCoverage();
    end(Number(process.exitCode ?? code));
}

if (isMainThread) {
    process.on('uncaughtExceptionMonitor', monitor);
    process.on('exit', atExit);
} else {
    process.on('exit', shutAllDown);
}
