// Reads the library's JSON. Numbers that a double can't hold become bigints, and ids always do.

const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const EXACT_DIGITS = 15;
const IDS = new Set(['id', 'daemon_id', 'node_id', 'forked_from', 'origin_hash', 'sequence', 'seq']);

function quoteLarge(token: string): string {
    return token.length > EXACT_DIGITS && /^-?\d+$/.test(token) ? `{"$integer":"${token}"}` : token;
}

export function parse(text: string): any {
    return JSON.parse(text.replace(TOKENS, quoteLarge), (key, value) => {
        if (typeof value === 'object' && value !== null && typeof value.$integer === 'string') {
            return BigInt(value.$integer);
        }
        return IDS.has(key) && typeof value === 'number' ? BigInt(value) : value;
    });
}

export function stringify(value: unknown): string {
    if (typeof value === 'bigint') return value.toString();
    if (Array.isArray(value)) return `[${value.map(stringify).join(',')}]`;
    if (typeof value === 'object' && value !== null) {
        const entries = Object.entries(value).filter(([, v]) => v !== undefined); // as JSON.stringify does
        return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${stringify(v)}`).join(',')}}`;
    }
    return JSON.stringify(value) ?? 'null';
}
