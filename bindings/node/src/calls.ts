// The calls of both C headers as they are, for koffi: calls.net_meshos_sdk_start and so on. The classes of this package
// are made of these. Use them where the classes lack something; then what the headers say about ownership and lengths
// is for you to keep.
//
// Handles, ids, sizes and addresses are bigints. What a call writes goes into a Buffer or typed array.

import koffi, { type KoffiFunc } from 'koffi';
import { library, libraryFile } from './native.js';

const u64 = 'uint64_t';
const memory = 'void *';

const prototypes = {
    sdk_start: ['int', u64, u64, u64, u64, u64, memory],
    sdk_free: ['void', u64],
    sdk_shutdown: ['int', u64],
    sdk_dropped_control_events: [u64, u64],
    process_emit: ['void', u64, memory, u64],
    snapshot_emit: ['void', u64, memory, u64],
    register_daemon: ['int', u64, memory, u64, memory, memory],
    register_daemon_with_vtable: ['int', u64, memory, u64, memory, memory, u64, memory],
    register_daemon_with_vtable_v2: ['int', u64, memory, u64, memory, memory, u64, u64, memory],
    handle_free: ['void', u64],
    handle_daemon_id: [u64, u64],
    handle_daemon_name: ['str', u64],
    try_next_control: ['int', u64, memory],
    next_control: ['int', u64, u64, memory],
    publish_log: ['int', u64, 'int', memory, u64],
    graceful_shutdown: ['int', u64, u64],
    metadata: [u64, u64],
    refresh_metadata: [u64, u64],
    free_string: ['void', u64],
    publish_capabilities: ['int', u64, memory, u64],
    last_error_message: ['str'],
    last_error_kind: ['str'],
    clear_last_error: ['void'],
    ext_version: ['str'],
    ext_sdk_start: ['int', memory, u64, memory],
    ext_new_seed: ['int', memory],
    ext_deliver: ['int', u64, u64, memory, u64, u64],
    ext_post: ['int', u64, u64, memory, u64, memory],
    ext_post_wait: ['int', u64, u64, memory, u64, u64, memory],
    ext_flush: ['int', u64, u64, u64],
    ext_set_output: ['int', u64, u64, u64],
    ext_subscribe: ['int', u64, u64, u64],
    ext_unsubscribe: ['int', u64, u64, u64],
    ext_snapshot: ['int', u64, u64, memory, memory],
    ext_restore: ['int', u64, u64, memory, u64],
    ext_free_bytes: ['void', u64, u64],
    ext_enter_maintenance: ['int', u64, u64],
    ext_exit_maintenance: ['int', u64],
    ext_stop_daemon: ['int', u64, u64, u64],
    ext_restart_daemon: ['int', u64, u64],
    ext_daemon_done: ['int', u64],
    ext_on_log: ['int', u64, 'int', u64, u64],
    ext_logs_json: [u64, u64, u64, u64],
    ext_runtime_json: [u64, u64],
    ext_metrics: [u64, u64],
    ext_daemon_json: [u64, u64, u64],
} as const satisfies Record<string, readonly [string, ...string[]]>;

type Prototypes = typeof prototypes;
type Result<T> = T extends 'int' ? number : T extends 'uint64_t' ? bigint | number : T extends 'str' ? string | null : void;
type Argument<T> = T extends 'int' ? number : T extends 'uint64_t' ? bigint | number : NodeJS.ArrayBufferView | null;
type Arguments<T extends readonly unknown[]> = { [I in keyof T]: Argument<T[I]> };
type Call<P extends readonly [string, ...string[]]> = P extends readonly [infer R, ...infer A]
    ? KoffiFunc<(...args: Arguments<A>) => Result<R>>
    : never;
export type Calls = { [K in keyof Prototypes as `net_meshos_${K}`]: Call<Prototypes[K]> };

/** Where a call is, and whether it can fail. */
const entries = new Map<unknown, { address: bigint; fails: boolean }>();

function load(): Calls {
    const found: Record<string, unknown> = {};
    for (const [name, [result, ...parameters]] of Object.entries(prototypes)) {
        try {
            const call = library.func(`net_meshos_${name}`, result, parameters);
            entries.set(call, { address: library.symbol(`net_meshos_${name}`), fails: result === 'int' });
            found[`net_meshos_${name}`] = call;
        } catch (cause) {
            throw new Error(`${libraryFile} is no libnet_meshos with the calls of net_meshos_ext.h: it lacks ${name}`, { cause });
        }
    }
    return found as Calls;
}

export const calls: Calls = load();

export function entryOf(call: Calls[keyof Calls]): { address: bigint; fails: boolean } {
    return entries.get(call)!;
}

const memcpy = koffi.load(null).func('memcpy', 'void', [memory, u64, u64]);

/** The bytes at an address, copied. koffi's view() ends the process when it is called in a Worker while that is terminated. */
export function bytesAt(address: bigint | null, length: bigint | number): Buffer {
    const copy = Buffer.allocUnsafe(address ? Number(length) : 0);
    if (copy.length > 0) memcpy(copy, address, copy.length);
    return copy;
}
