// Carries the library's calls over to the objects of this program.
//
// The functions that the library gets are the same for all daemons, and are in C (bridge/): they come to those below as long
// as this thread of Node's is there. What the library hands back with each call is a number, under which the daemon's
// object is found here until destroy has said that no callback comes any more. A callback that comes on a thread of the
// library waits for the event loop.

import { bytes, describe, readable } from './arguments.js';
import { bytesAt, calls } from './calls.js';
import { callback, Gate, symbol } from './gate.js';
import { controlEvent, pointers } from './memory.js';
import {
    type ControlEvent,
    type DaemonCallbacks,
    type Emit,
    LogLevel,
    type LogRecord,
    type Output,
    type Payload,
    type Process,
} from './types.js';

const FAILED = -1; // the status of an event whose callback threw
const UNHEALTHY = 2;

type Address = bigint | null;
type Integer = bigint | number;

/** koffi hands over the large ones with a sign. */
function unsigned(value: Integer): bigint {
    return BigInt.asUintN(64, BigInt(value));
}

const daemons = new Map<number, DaemonSide>();
const functions = new Map<number, (value: any) => void>();

/** What belongs to one registration. */
export class DaemonSide {
    readonly number = gate.newNumber();
    readonly callbacks: DaemonCallbacks;
    lastError: unknown;
    /** What each callback threw last, and process for which event. */
    readonly failures = new Map<string, { origin?: bigint; sequence?: bigint; error: unknown }>();
    onControl: (() => void) | undefined;
    private handle: bigint | undefined;
    private early: string[] = [];

    constructor(readonly name: string, work: DaemonCallbacks | Process) {
        this.callbacks = typeof work === 'function' ? { process: work } : work;
        if (typeof this.callbacks?.process !== 'function') {
            throw new TypeError(`callbacks must be a function, or have a method process, and is ${describe(work)}`);
        }
        daemons.set(this.number, this);
    }

    /** NetMeshOsDaemonVtable, with what the callbacks have. Control events are always heard: they wake who waits. */
    table(): Buffer {
        const { snapshot, restore, health, saturation } = this.callbacks;
        return pointers([
            trampolines.process,
            snapshot ? trampolines.snapshot : 0n,
            restore ? trampolines.restore : 0n,
            trampolines.onControl,
            health ? trampolines.health : 0n,
            saturation ? trampolines.saturation : 0n,
        ]);
    }

    registered(handle: bigint): void {
        this.handle = handle;
        for (const line of this.early.splice(0)) this.publish(line);
    }

    gone(): void {
        daemons.delete(this.number);
    }

    /** Keeps an error where people look: in the log of the SDK, as a warning of the process, and with the daemon. */
    failed(what: string, error: unknown, origin?: bigint, sequence?: bigint): void {
        this.lastError = error;
        this.failures.set(what, { origin, sequence, error });
        const line = `${what}: ${String(error)}`;
        if (this.handle === undefined) this.early.push(line); // a first callback within the registration
        else this.publish(line);
        const stack = error instanceof Error ? error.stack ?? line : line;
        process.emitWarning(`${what} of the daemon "${this.name}" failed: ${stack}`, 'MeshosCallbackFailed');
    }

    private publish(line: string): void {
        const data = Buffer.from(line);
        calls.net_meshos_publish_log(this.handle!, LogLevel.Error, readable(data), data.length);
    }
}

/** A promise can't be waited for here: the library wants its answer now. */
function notAsync(what: string, value: unknown): void {
    if (typeof (value as PromiseLike<unknown> | undefined)?.then === 'function') {
        (value as Promise<unknown>).then(undefined, () => undefined);
        throw new TypeError(`${what} must not be async`);
    }
}

function emitter(context: bigint): { emit: Emit; end(): void } {
    let open = true;
    return {
        emit(payload: Payload) {
            if (!open) throw new Error('emit works only until process returns');
            const data = bytes('payload', payload);
            calls.net_meshos_process_emit(context, data.length ? data : null, data.length);
        },
        end: () => void (open = false),
    };
}

/** What a callback returns to bridge/callbacks.c. */
function answer(token: number, status: number): number {
    return token * 2 ** 32 + (status >>> 0);
}

function onProcess(
    number: Integer, token: number, context: Address, origin: Integer, sequence: Integer, at: Address, n: Integer,
): number {
    const daemon = daemons.get(Number(number));
    if (!daemon) return answer(token, FAILED);
    const event = { payload: bytesAt(at, n), originHash: unsigned(origin), sequence: unsigned(sequence) };
    const { emit, end } = emitter(context!);
    try {
        notAsync('process', daemon.callbacks.process(event, emit));
        return answer(token, 0);
    } catch (error) {
        daemon.failed('process', error, event.originHash, event.sequence);
        return answer(token, FAILED);
    } finally {
        end();
    }
}

/** Runs one of the other callbacks; what it throws gives the second value. */
function run<T>(number: Integer, what: keyof DaemonCallbacks, otherwise: T, body: (c: DaemonCallbacks) => T): T {
    const daemon = daemons.get(Number(number));
    if (!daemon) return otherwise;
    try {
        const value = body(daemon.callbacks);
        notAsync(what, value);
        return value;
    } catch (error) {
        daemon.failed(what, error);
        return otherwise;
    }
}

function onSnapshot(number: Integer, context: Address): void {
    run(number, 'snapshot', undefined, (callbacks) => {
        const state: unknown = callbacks.snapshot?.();
        notAsync('snapshot', state);
        if (state === null || state === undefined) return;
        const data = bytes('state', state as Payload);
        calls.net_meshos_snapshot_emit(context!, data.length ? data : null, data.length);
    });
}

function onRestore(number: Integer, token: number, at: Address, n: Integer): number {
    const status = run(number, 'restore', FAILED, (callbacks) => {
        notAsync('restore', callbacks.restore?.(bytesAt(at, n)));
        return 0;
    });
    return answer(token, status);
}

function onControl(number: Integer, kind: number, graceMs: Integer, level: number): void {
    daemons.get(Number(number))?.onControl?.();
    const event: ControlEvent = controlEvent(kind, unsigned(graceMs), level);
    run(number, 'onControl', undefined, (callbacks) => callbacks.onControl?.(event));
}

function numberOf(what: string, value: unknown): number {
    if (typeof value !== 'number') throw new TypeError(`${what} must return a number, and not ${describe(value)}`);
    return value;
}

function onHealth(number: Integer, token: number): number {
    // A daemon that can't say how it is isn't well.
    return answer(token, run(number, 'health', UNHEALTHY, (callbacks) => numberOf('health', callbacks.health?.())));
}

const float = new DataView(new ArrayBuffer(4));

function onSaturation(number: Integer, token: number): number {
    float.setFloat32(0, run(number, 'saturation', 0, (callbacks) => numberOf('saturation', callbacks.saturation?.())));
    return answer(token, float.getUint32(0));
}

function call(number: Integer, what: string, value: unknown): void {
    try {
        functions.get(Number(number))?.(value);
    } catch (error) {
        const stack = error instanceof Error ? error.stack ?? error.message : String(error);
        process.emitWarning(`the ${what} function failed: ${stack}`, 'MeshosCallbackFailed');
    }
}

function onOutput(
    number: Integer, daemon: Integer, origin: Integer, sequence: Integer, outSequence: Integer, at: Address, n: Integer,
): void {
    const output: Output = {
        daemonId: unsigned(daemon),
        inOriginHash: unsigned(origin),
        inSequence: unsigned(sequence),
        outSequence: unsigned(outSequence),
        payload: bytesAt(at, n),
    };
    call(number, 'output', output);
}

function onLog(number: Integer, seq: Integer, ms: Integer, level: number, daemon: Integer, at: Address, n: Integer): void {
    const record: LogRecord = {
        seq: unsigned(seq), unixMs: Number(ms), level, daemonId: unsigned(daemon), message: bytesAt(at, n).toString(),
    };
    call(number, 'log', record);
}

// In the order of struct addresses, bridge/bridge.h.
const gate = new Gate([
    callback('uint64_t', ['uint32_t', 'void *', 'uint64_t', 'uint64_t', 'void *', 'size_t'], onProcess),
    callback('void', ['void *'], onSnapshot),
    callback('uint64_t', ['uint32_t', 'void *', 'size_t'], onRestore),
    callback('void', ['int', 'uint64_t', 'float'], onControl),
    callback('uint64_t', ['uint32_t'], onHealth),
    callback('uint64_t', ['uint32_t'], onSaturation),
    callback('void', [], (number: Integer) => void daemons.delete(Number(number))),
    callback('void', ['uint64_t', 'uint64_t', 'uint64_t', 'uint64_t', 'void *', 'size_t'], onOutput),
    callback('void', ['uint64_t', 'uint64_t', 'int', 'uint64_t', 'void *', 'size_t'], onLog),
]);

/** The SDK ends with this thread, unless it is freed before. */
export function isStarted(sdk: bigint): void {
    gate.begins(sdk);
}

export function isFreed(sdk: bigint): void {
    gate.ends(sdk);
}

/** What the library gets. */
export const trampolines = {
    process: symbol('meshos_node_process'),
    snapshot: symbol('meshos_node_snapshot'),
    restore: symbol('meshos_node_restore'),
    onControl: symbol('meshos_node_on_control'),
    health: symbol('meshos_node_health'),
    saturation: symbol('meshos_node_saturation'),
    destroy: symbol('meshos_node_destroy'),
    output: symbol('meshos_node_output'),
    log: symbol('meshos_node_log'),
};

/** The number under which an output or log function is found until drop(). */
export function keep(body: (value: any) => void): number {
    const number = gate.newNumber();
    functions.set(number, body);
    return number;
}

export function drop(number: number): void {
    functions.delete(number);
}
