// Supervised daemons: event processors with an identity, health, state and control events.

import { calls } from './calls.js';

export { Daemon } from './daemon.js';
export { MeshosError } from './errors.js';
export { Sdk } from './sdk.js';
export * from './types.js';

/** The version of the library. */
export function version(): string {
    return calls.net_meshos_ext_version() ?? '';
}

/** The C calls themselves. */
export { calls };
