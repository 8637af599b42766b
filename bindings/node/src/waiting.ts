// Calls that wait run on threads of this package, as callbacks need the event loop. A last error stays on the thread of
// its call, so that thread reads it too: see waiter.ts.

import { isMainThread, Worker } from 'node:worker_threads';
import koffi from 'koffi';
import { libraryFile, type WaitingCall } from './calls.js';
import { errorOf, type MeshosError } from './errors.js';
import type { Answer, Question } from './waiter.js';

// A thread takes megabytes, so there are no more than Node's own pool has. Others wait for their turn.
const MOST = Math.max(1, Number(process.env['UV_THREADPOOL_SIZE']) || 4);
const environment = { ...process.env, NET_MESHOS_LIBRARY: libraryFile };

interface Task {
    readonly question: Question;
    readonly memory: readonly unknown[]; // that the call reads and writes: not freed before its end
    resolve(error: MeshosError | undefined): void;
    reject(error: unknown): void;
}

const queue: Task[] = [];
const idle: Worker[] = [];
const busy = new Map<Worker, Task>();

/** Makes a call on another thread. Resolves to its error, if it has one, and never rejects because of that. */
export function onThread(
    name: WaitingCall, ...args: readonly (bigint | number | NodeJS.ArrayBufferView | null)[]
): Promise<MeshosError | undefined> {
    const addresses = args.map((value) => (ArrayBuffer.isView(value) ? BigInt(koffi.address(value)) : value));
    return new Promise((resolve, reject) => {
        queue.push({ question: { name, args: addresses }, memory: args, resolve, reject });
        next();
    });
}

function next(): void {
    while (queue.length > 0 && (idle.length > 0 || busy.size < MOST)) {
        const worker = idle.pop() ?? start();
        const task = queue.shift()!;
        busy.set(worker, task);
        worker.ref(); // the process goes on until it is done
        worker.postMessage(task.question);
    }
}

function start(): Worker {
    // The process may have options that only its main program can have.
    const worker = new Worker(new URL('./waiter.js', import.meta.url), { execArgv: [], env: environment });
    worker.on('message', ({ status, kind, words }: Answer) => {
        const task = finish(worker);
        worker.unref();
        idle.push(worker);
        task?.resolve(status ? errorOf(status, kind, words) : undefined);
        next();
    });
    worker.on('error', (error) => finish(worker)?.reject(error));
    worker.on('exit', () => {
        const at = idle.indexOf(worker);
        if (at >= 0) idle.splice(at, 1);
        finish(worker)?.reject(new Error('the thread of a call has ended'));
        next();
    });
    return worker;
}

function finish(worker: Worker): Task | undefined {
    const task = busy.get(worker);
    busy.delete(worker);
    return task;
}

// At the end of the process Node joins its threads. One that waits for a callback would wait forever then, as the event
// loop has ended. So if a call waits, the process ends here, after all that listens to its end.
const end = koffi.load('libc.so.6').func('void _exit(int status)');

function atExit(code: number): void {
    if (busy.size === 0) return;
    const listeners = process.listeners('exit');
    for (const listener of listeners.slice(listeners.indexOf(atExit) + 1)) listener.call(process, code);
    end(Number(process.exitCode ?? code));
}

if (isMainThread) process.on('exit', atExit);
