// A thread of waiting.ts: makes one call at a time, and says what came of it.

import { parentPort } from 'node:worker_threads';
import { calls, type WaitingCall } from './calls.js';

export interface Question {
    readonly name: WaitingCall;
    /** Memory by its address: another thread's. */
    readonly args: readonly (bigint | number | null)[];
}

/** Of a call that returned no error only the status, 0. */
export interface Answer {
    readonly status: number;
    readonly kind?: string | null;
    readonly words?: string | null;
}

parentPort?.on('message', ({ name, args }: Question) => {
    const status = (calls[name] as (...args: unknown[]) => number | void)(...args) ?? 0;
    const answer: Answer = status
        ? { status, kind: calls.net_meshos_last_error_kind(), words: calls.net_meshos_last_error_message() }
        : { status };
    parentPort!.postMessage(answer);
});
