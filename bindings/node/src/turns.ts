// Calls that wait, as many at a time as koffi surely takes. It has room for 256 calls and callbacks on other threads, and
// fails those beyond it. The others wait for their turn.

import type { MeshosError } from './errors.js';
import { onThread as begin, type WaitingCall } from './waiting.js';

const MOST = 128;

let running = 0;
const queue: (() => void)[] = [];

/** See onThread of waiting.ts. */
export async function onThread<F extends WaitingCall>(call: F, ...args: Parameters<F>): Promise<MeshosError | undefined> {
    if (running < MOST) running++;
    else await new Promise<void>((turn) => queue.push(turn)); // of one that ends
    try {
        return await begin(call, ...args);
    } finally {
        const turn = queue.shift();
        if (turn) turn();
        else running--;
    }
}
