// Supervised daemons: event processors with an identity, health, state and control events.

import { calls } from './calls.js';
import { check } from './errors.js';

export { Daemon } from './daemon.js';
export { MeshosError } from './errors.js';
export { Sdk } from './sdk.js';
export * from './types.js';

/** The version of the library. */
export function version(): string {
    return calls.net_meshos_ext_version() ?? '';
}

/** 32 random bytes for a new identity. Keep them as you keep a private key. */
export function newSeed(): Buffer {
    const seed = Buffer.alloc(32);
    check(calls.net_meshos_ext_new_seed(seed));
    return seed;
}

/** The C calls themselves. */
export { calls };
