// Each call of the headers has a wrapper.
import assert from 'node:assert';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { calls, version } from 'net-meshos';

// What the classes need not, and why: only `calls` has it.
const UNUSED = new Set([
    'net_meshos_register_daemon_with_vtable', // _v2 does the same, and says when the callbacks are over
    'net_meshos_clear_last_error', // an error is an exception here
]);

const headers = fs.readFileSync(process.env.NET_MESHOS_CALLS, 'utf8').trim().split('\n');

test('all are declared', () => {
    assert.ok(headers.length > 40);
    assert.deepStrictEqual(Object.keys(calls).sort(), headers);
});

test('all are used by the classes', () => {
    const dist = path.dirname(fileURLToPath(import.meta.resolve('net-meshos')));
    const text = fs.readdirSync(dist).filter((f) => f.endsWith('.js')).map((f) => fs.readFileSync(path.join(dist, f), 'utf8'));
    const used = new Set([...text.join('').matchAll(/calls_?\w*\.(net_meshos_\w+)(?! and so on)\b/g)].map((match) => match[1]));
    assert.deepStrictEqual(new Set(headers.filter((name) => !used.has(name))), UNUSED);
});

test('version', () => {
    assert.strictEqual(version(), process.env.NET_MESHOS_VERSION);
});
