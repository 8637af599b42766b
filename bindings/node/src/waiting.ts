// Calls that wait run on threads of Node's pool, as callbacks need the event loop. A last error stays on the thread of
// its call, where nobody can read it from here. So what failed is asked again by a call that doesn't wait.

import { lastError, MeshosError } from './errors.js';

const KINDS: Record<number, string> = { [-1]: 'invalid_handle', [-3]: 'invalid_argument', [-4]: 'already_shutdown' };

const WORDS: Record<string, string> = {
    process_failed: "process failed: the daemon's lastError and the log of the SDK say why",
    restore_failed: "restore failed, or the daemon has none: the daemon's lastError says which",
    shutdown_failed: 'a callback still runs',
    stopped: 'the daemon has ended',
    queue_full: 'the time was over before there was room for all events',
    timeout: 'events still wait, or a callback still runs',
    already_shutdown: 'it has been shut down',
};

/** What a call has failed with: what asking again says, or else the kind that is left for this call. */
export function failureOf(status: number, kind: string, askAgain?: () => number): MeshosError {
    if (askAgain && askAgain() === status) return lastError(status);
    const word = KINDS[status] ?? kind;
    return new MeshosError(word, WORDS[word] ?? 'the call failed', status);
}

/** Keeps memory until here that a thread reads or writes. */
export function keepAlive(..._memory: unknown[]): void {}
