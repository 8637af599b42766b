// Memory for the structures that calls read and write. Backing stores of Buffers don't move.

import koffi from 'koffi';
import { bytes, u64 } from './arguments.js';
import { type ControlEvent, ControlKind, type NewEvent } from './types.js';

const EVENT_SIZE = 32; // NetMeshOsEvent: four numbers of 8 bytes
const KEPT = 1 << 20;

const little = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

class Memory {
    readonly address: bigint;
    readonly view: DataView;

    constructor(readonly buffer: Buffer) {
        this.address = BigInt(koffi.address(buffer));
        this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    }
}

let scratch = new Memory(Buffer.allocUnsafeSlow(64 * 1024));

/** An array of NetMeshOsEvent, and the payloads after it. Valid until the next one of these, unless it is its own. */
export function writeEvents(events: readonly NewEvent[], own = false): Buffer {
    const payloads = events.map((event) => bytes('payload', event.payload));
    const size = payloads.reduce((sum, payload) => sum + payload.length, EVENT_SIZE * events.length);
    let target = scratch;
    if (own || size > scratch.buffer.length) {
        target = new Memory(Buffer.allocUnsafeSlow(Math.max(size, EVENT_SIZE)));
        if (!own && size <= KEPT) scratch = target;
    }
    let at = 0;
    let payloadAt = EVENT_SIZE * events.length;
    for (const [i, event] of events.entries()) {
        const payload = payloads[i]!;
        target.view.setBigUint64(at, u64('originHash', event.originHash ?? 0n), little);
        target.view.setBigUint64(at + 8, u64('sequence', event.sequence ?? 0n), little);
        target.view.setBigUint64(at + 16, target.address + BigInt(payloadAt), little);
        target.view.setBigUint64(at + 24, BigInt(payload.length), little);
        target.buffer.set(payload, payloadAt);
        at += EVENT_SIZE;
        payloadAt += payload.length;
    }
    return target.buffer;
}

/** NetMeshOsDaemonControl: an int at 0, a number at 8, a float at 16. */
export const control = new Memory(Buffer.allocUnsafeSlow(24));

export function controlEvent(kind: number, graceMs: bigint | number, level: number): ControlEvent {
    return { kind: kind in ControlKind ? kind : ControlKind.Unknown, gracePeriodMs: Number(graceMs), level };
}

export function readControl(): ControlEvent | null {
    const kind = control.view.getInt32(0, little);
    if (kind === 0) return null;
    return controlEvent(kind, control.view.getBigUint64(8, little), control.view.getFloat32(16, little));
}

/** Room for what a call writes: one number, or more. */
export function out(count = 1): { buffer: Buffer; at(i?: number): bigint } {
    const memory = new Memory(Buffer.alloc(8 * Math.max(count, 2)));
    return { buffer: memory.buffer, at: (i = 0) => memory.view.getBigUint64(8 * i, little) };
}

/** A structure of pointers, and of nothing else up to its size. */
export function pointers(values: readonly bigint[], size = 8 * values.length): Buffer {
    const memory = new Memory(Buffer.alloc(size));
    values.forEach((value, i) => memory.view.setBigUint64(8 * i, value, little));
    return memory.buffer;
}

/** The text at a place, which ends with a NUL. */
export function textAt(memory: Buffer, place: number): string {
    return memory.toString('utf8', place, memory.indexOf(0, place));
}
