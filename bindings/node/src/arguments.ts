// Checks what koffi would truncate or misread in silence.

import type { Payload } from './types.js';

export const MAX = 2n ** 64n - 1n;
const SEED_SIZE = 32;

export function u64(name: string, value: bigint | number): bigint {
    if (typeof value === 'number' && Number.isSafeInteger(value)) value = BigInt(value);
    if (typeof value !== 'bigint') throw new TypeError(`${name} must be a bigint, and is ${describe(value)}`);
    if (value < 0n || value > MAX) throw new RangeError(`${name} must be 0 to 2^64 - 1, and is ${value}`);
    return value;
}

/** Milliseconds, at least 1: 0 has a meaning of its own in C. Without a limit: undefined or Infinity. */
export function milliseconds(name: string, value: number | undefined): bigint {
    if (value === undefined || value === Infinity) return MAX;
    if (typeof value !== 'number' || !(value >= 0)) {
        throw new TypeError(`${name} must be milliseconds, a number from 0 on, and is ${describe(value)}`);
    }
    return BigInt(Math.min(Number.MAX_SAFE_INTEGER, Math.max(1, Math.ceil(value))));
}

export function bytes(name: string, value: Payload): Uint8Array {
    if (typeof value === 'string') return Buffer.from(value);
    if (value instanceof Uint8Array) return value;
    throw new TypeError(`${name} must be a Buffer, a Uint8Array or a string, and is ${describe(value)}`);
}

export function text(name: string, value: string): Buffer {
    if (typeof value !== 'string') throw new TypeError(`${name} must be a string, and is ${describe(value)}`);
    return readable(Buffer.from(value));
}

export function seed(value: Uint8Array): Uint8Array {
    if (!(value instanceof Uint8Array)) throw new TypeError(`seed must be a Uint8Array, and is ${describe(value)}`);
    if (value.length !== SEED_SIZE) throw new RangeError(`seed must have 32 bytes, and has ${value.length}`);
    return value;
}

export function callable(name: string, value: unknown): void {
    if (typeof value !== 'function') throw new TypeError(`${name} must be a function, and is ${describe(value)}`);
}

/** An empty Buffer has no address, and the library wants one. */
export function readable(value: Buffer): Buffer {
    return value.length > 0 ? value : EMPTY;
}

const EMPTY = Buffer.alloc(1);

export function describe(value: unknown): string {
    if (typeof value === 'number') return String(value);
    return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
}
