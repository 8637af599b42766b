// Calls that wait run on threads of Node's pool, as callbacks need the event loop. A last error stays on the thread of its
// call, so it is copied there (bridge/wait.c).

import koffi from 'koffi';
import { describe } from './arguments.js';
import { type Calls, calls, entryOf } from './calls.js';
import { errorOf, type MeshosError } from './errors.js';
import { pointers, textAt } from './memory.js';
import { bridge } from './native.js';

type Argument = bigint | number | NodeJS.ArrayBufferView | null;

/** Those that may wait: what they return is nothing, or a status. */
export type WaitingCall = {
    [K in keyof Calls]: ReturnType<Calls[K]> extends number | void ? Calls[K] : never;
}[keyof Calls];

const make = bridge.func('meshos_node_wait', 'int', ['void *']);
const kind = entryOf(calls.net_meshos_last_error_kind).address;
const message = entryOf(calls.net_meshos_last_error_message).address;

// struct call of bridge/wait.c.
const ARGUMENTS = 6;
const KIND = 8 * (3 + ARGUMENTS);
const MESSAGE = KIND + 64;
const SIZE = MESSAGE + 1024;

function word(value: Argument): bigint {
    if (value === null) return 0n;
    if (ArrayBuffer.isView(value)) return BigInt(koffi.address(value));
    if (typeof value !== 'bigint' && !Number.isInteger(value)) throw new TypeError(`${describe(value)} is no integer`);
    return BigInt.asUintN(64, BigInt(value));
}

let waiting = 0;

/** How many calls wait on threads of Node's pool. */
export function waitingCalls(): number {
    return waiting;
}

/** A call of the library on a thread of Node's pool. Resolves to what it has failed with. */
export async function onThread<F extends WaitingCall>(call: F, ...args: Parameters<F>): Promise<MeshosError | undefined> {
    const { address, fails } = entryOf(call);
    const memory = pointers([address, fails ? kind : 0n, message, ...args.map(word)], SIZE);
    waiting++;
    try {
        const status = await new Promise<number>((resolve, reject) => {
            make.async(memory, (error: unknown, result: number) => {
                if (error) reject(error);
                else resolve(result);
            });
        });
        return status ? errorOf(status, textAt(memory, KIND), textAt(memory, MESSAGE)) : undefined;
    } finally {
        waiting--;
        keepAlive(args);
    }
}

/** Keeps memory until here that a thread reads or writes. */
function keepAlive(..._memory: unknown[]): void {}
