import { calls } from './calls.js';

/** A call that failed. */
export class MeshosError extends Error {
    override readonly name = 'MeshosError';
    /** Of a post that found no room: how many events were accepted, counted from the first. */
    accepted = 0;

    constructor(
        /** A stable word to branch on, such as "register_failed". */
        readonly kind: string,
        message: string,
        /** What the C call returned: -1 to -4. */
        readonly status: number,
        options?: ErrorOptions,
    ) {
        super(`${kind}: ${message}`, options);
    }

    /** @internal The same with what a callback has thrown. */
    because(callback: string, thrown: unknown): MeshosError {
        return new MeshosError(this.kind, `${callback} threw ${String(thrown)}`, this.status, { cause: thrown });
    }
}

const STATUS: Record<string, number> = { invalid_handle: -1, invalid_argument: -3, already_shutdown: -4 };

/** The error of a call, in the words that the library had for it. */
export function errorOf(status: number, kind: string | null, words: string | null): MeshosError {
    return new MeshosError(kind || 'unknown', words || 'the call failed without a word', status);
}

/** The last error of this thread. Status 0: of a call that returns none. */
export function lastError(status = 0): MeshosError {
    const kind = calls.net_meshos_last_error_kind();
    return errorOf(status || (STATUS[kind ?? ''] ?? -2), kind, calls.net_meshos_last_error_message());
}

export function check(status: number): void {
    if (status !== 0) throw lastError(status);
}

/** A text that the library has made for the caller, which is freed. */
export function takeText(address: bigint | number, read: (address: bigint) => string): string {
    if (!address) throw lastError();
    try {
        return read(BigInt(address));
    } finally {
        calls.net_meshos_free_string(address);
    }
}
