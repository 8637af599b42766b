// The gate of this thread of Node's, through which all callbacks come to it: see bridge/gate.c.

import koffi from 'koffi';
import { calls, entryOf } from './calls.js';
import { out, pointers } from './memory.js';
import { bridge } from './native.js';

const node = koffi.load(null);
const loopOf = node.func('napi_get_uv_event_loop', 'int', ['void *', 'void *']);
const whenItEnds = node.func('napi_add_env_cleanup_hook', 'int', ['void *', 'void *', 'uint64_t']);

const sizeOf = node.func('uv_handle_size', 'size_t', ['int']);

const ASYNC = 1; // of libuv's kinds of handles
const ROOM = 512; // MESHOS_NODE_HANDLE of bridge/bridge.h

const open = bridge.func('meshos_node_open', 'uint64_t', ['void *']);
const number = bridge.func('meshos_node_number', 'uint64_t', ['uint64_t']);
const begins = bridge.func('meshos_node_begins', 'void', ['uint64_t', 'uint64_t']);
const ends = bridge.func('meshos_node_ends', 'void', ['uint64_t', 'uint64_t']);

/** What the library is given of bridge/callbacks.c. */
export function symbol(name: string): bigint {
    return BigInt(bridge.symbol(name));
}

/** A function of this thread that C can call. Its first parameter is the number that the library hands back. */
export function callback(result: string, parameters: string[], body: (...args: any[]) => unknown): bigint {
    const prototype = koffi.proto(result, ['uint64_t', ...parameters]);
    return BigInt(koffi.register(body, koffi.pointer(prototype)));
}

export class Gate {
    private readonly gate: bigint;

    constructor(callbacks: readonly bigint[]) {
        const loop = out();
        if (loopOf(koffi.node.env, loop.buffer) || sizeOf(ASYNC) > ROOM) {
            throw new Error("net-meshos can't use the event loop of this version of Node");
        }
        const addresses = pointers([
            ...callbacks,
            entryOf(calls.net_meshos_sdk_shutdown).address,
            entryOf(calls.net_meshos_sdk_free).address,
            loop.at(),
            ...['uv_run', 'uv_async_init', 'uv_async_send', 'uv_close'].map((name) => BigInt(node.symbol(name))),
        ]);
        this.gate = BigInt(open(addresses));
        if (!this.gate) throw new Error('net-meshos is loaded by too many threads at once');
        // The hooks are called in the reverse order: this one before that of koffi, which has callbacks by now.
        whenItEnds(koffi.node.env, symbol('meshos_node_shut'), this.gate);
    }

    /** A number that no other callback in this process has or had. */
    newNumber(): number {
        return Number(number(this.gate));
    }

    begins(sdk: bigint): void {
        begins(this.gate, sdk);
    }

    ends(sdk: bigint): void {
        ends(this.gate, sdk);
    }
}
