// Carries the library's calls over to the objects of this program.
//
// The functions that the library gets are the same for all daemons of a thread of Node's, and are never unregistered. What
// the library hands back with each call is a number, under which the daemon's object is found here until destroy has
// said that no callback comes any more. A callback that comes on a thread of the library waits for the event loop.

import koffi from 'koffi';
import { bytes, describe, readable } from './arguments.js';
import { bytesAt, calls } from './calls.js';
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

let numbers = 0;
const daemons = new Map<number, DaemonSide>();
const functions = new Map<number, (value: any) => void>();

/** What belongs to one registration. */
export class DaemonSide {
    readonly number = ++numbers;
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

function onProcess(number: Address, context: Address, origin: Integer, sequence: Integer, at: Address, n: Integer): number {
    const daemon = daemons.get(Number(number));
    if (!daemon) return FAILED;
    const event = { payload: bytesAt(at, n), originHash: unsigned(origin), sequence: unsigned(sequence) };
    const { emit, end } = emitter(context!);
    try {
        notAsync('process', daemon.callbacks.process(event, emit));
        return 0;
    } catch (error) {
        daemon.failed('process', error, event.originHash, event.sequence);
        return FAILED;
    } finally {
        end();
    }
}

/** Runs one of the other callbacks; what it throws gives the second value. */
function run<T>(number: Address, what: keyof DaemonCallbacks, otherwise: T, body: (c: DaemonCallbacks) => T): T {
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

function onSnapshot(number: Address, context: Address): void {
    run(number, 'snapshot', undefined, (callbacks) => {
        const state: unknown = callbacks.snapshot?.();
        notAsync('snapshot', state);
        if (state === null || state === undefined) return;
        const data = bytes('state', state as Payload);
        calls.net_meshos_snapshot_emit(context!, data.length ? data : null, data.length);
    });
}

function onRestore(number: Address, at: Address, n: Integer): number {
    return run(number, 'restore', FAILED, (callbacks) => {
        notAsync('restore', callbacks.restore?.(bytesAt(at, n)));
        return 0;
    });
}

function onControl(number: Address, kind: number, graceMs: Integer, level: number): void {
    daemons.get(Number(number))?.onControl?.();
    const event: ControlEvent = controlEvent(kind, unsigned(graceMs), level);
    run(number, 'onControl', undefined, (callbacks) => callbacks.onControl?.(event));
}

function numberOf(what: string, value: unknown): number {
    if (typeof value !== 'number') throw new TypeError(`${what} must return a number, and not ${describe(value)}`);
    return value;
}

function onHealth(number: Address): number {
    // A daemon that can't say how it is isn't well.
    return run(number, 'health', UNHEALTHY, (callbacks) => numberOf('health', callbacks.health?.()));
}

function onSaturation(number: Address): number {
    return run(number, 'saturation', 0, (callbacks) => numberOf('saturation', callbacks.saturation?.()));
}

function call(number: Address, what: string, value: unknown): void {
    try {
        functions.get(Number(number))?.(value);
    } catch (error) {
        const stack = error instanceof Error ? error.stack ?? error.message : String(error);
        process.emitWarning(`the ${what} function failed: ${stack}`, 'MeshosCallbackFailed');
    }
}

function onOutput(
    number: Address, daemon: Integer, origin: Integer, sequence: Integer, outSequence: Integer, at: Address, n: Integer,
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

function onLog(number: Address, seq: Integer, ms: Integer, level: number, daemon: Integer, at: Address, n: Integer): void {
    const record: LogRecord = {
        seq: unsigned(seq), unixMs: Number(ms), level, daemonId: unsigned(daemon), message: bytesAt(at, n).toString(),
    };
    call(number, 'log', record);
}

function trampoline(result: string, parameters: string[], body: (...args: any[]) => unknown): bigint {
    const prototype = koffi.proto(result, ['void *', ...parameters]);
    return BigInt(koffi.register(body, koffi.pointer(prototype)));
}

export const trampolines = {
    process: trampoline('int', ['void *', 'uint64_t', 'uint64_t', 'void *', 'size_t'], onProcess),
    snapshot: trampoline('void', ['void *'], onSnapshot),
    restore: trampoline('int', ['void *', 'size_t'], onRestore),
    onControl: trampoline('void', ['int', 'uint64_t', 'float'], onControl),
    health: trampoline('int', [], onHealth),
    saturation: trampoline('float', [], onSaturation),
    destroy: trampoline('void', [], (number: Address) => void daemons.delete(Number(number))),
    output: trampoline('void', ['uint64_t', 'uint64_t', 'uint64_t', 'uint64_t', 'void *', 'size_t'], onOutput),
    log: trampoline('void', ['uint64_t', 'uint64_t', 'int', 'uint64_t', 'void *', 'size_t'], onLog),
};

/** The number under which an output or log function is found until drop(). */
export function keep(body: (value: any) => void): number {
    functions.set(++numbers, body);
    return numbers;
}

export function drop(number: number): void {
    functions.delete(number);
}
