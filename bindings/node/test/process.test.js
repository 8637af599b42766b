// The end of the process.
import assert from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { BUSY, OPEN, run, runNode } from './programs.js';

test('process.exit while callbacks run', () => {
    for (let i = 0; i < 5; i++) assert.deepStrictEqual(run(`${BUSY} process.exit(23);`), { status: 23, stdout: '', stderr: '' });
});

test('process.exit while calls wait', () => {
    for (const call of ['flush()', 'deliver("x")', 'gracefulShutdown(100000)', 'close()']) {
        const program = `${BUSY} daemon.${call}; setImmediate(() => process.exit(22));
            process.on('exit', () => { process.exitCode = 23; console.log('listened to'); });`;
        assert.deepStrictEqual(run(program), { status: 23, stdout: 'listened to\n', stderr: '' }, call);
    }
});

test('an error that nobody catches', () => {
    const found = run(`${BUSY} throw new Error('nobody catches this');`);
    assert.strictEqual(found.status, 1);
    assert.match(found.stderr, /nobody catches this/);
});

test('the end of the program, all closed', () => {
    assert.deepStrictEqual(run(`${BUSY} await daemon.close(); await sdk.close();`), { status: 0, stdout: '', stderr: '' });
});

test('the end of the program, an SDK open', () => {
    for (let i = 0; i < 5; i++) {
        const program = `${OPEN} console.log('x'.repeat(300000)); process.on('exit', () => { process.exitCode = 21; });`;
        const { status, stdout, stderr } = run(program);
        assert.deepStrictEqual({ status, written: stdout.length, stderr }, { status: 21, written: 300001, stderr: '' });
    }
});

test('work that a listener finds at the end', () => {
    const program = `${OPEN} let more = 3; process.on('beforeExit', async () => {
        if (more-- > 0) console.log((await daemon.deliver('x')).length);
    });`;
    assert.deepStrictEqual(run(program), { status: 0, stdout: '1\n1\n1\n', stderr: '' });
});

test('an error that nobody catches while a call waits', () => {
    const cases = {
        "setTimeout(() => { throw new RangeError('seen by nobody'); }); await daemon.gracefulShutdown(100000);":
            /\n *setTimeout.*\n *\^\n\nRangeError: seen by nobody\n    at .*\n[^]*\nNode\.js v/,
        "daemon.gracefulShutdown(100000); setImmediate(() => Promise.reject(new Error('rejected')));": /Error: rejected\n    at /,
        "daemon.gracefulShutdown(100000); setImmediate(() => Promise.reject('a word'));": /ERR_UNHANDLED_REJECTION/,
        "daemon.gracefulShutdown(100000); setImmediate(() => { throw 'a word'; });": /Uncaught:\n'a word'\n/,
    };
    const file = join(mkdtempSync(join(tmpdir(), 'meshos-')), 'program.mjs');
    try {
        for (const [body, words] of Object.entries(cases)) {
            writeFileSync(file, `${BUSY} ${body}`.replace("'net-meshos'", JSON.stringify(import.meta.resolve('net-meshos'))));
            const { status, stderr } = runNode([file]);
            assert.strictEqual(status, 1, stderr);
            assert.match(stderr, words);
        }
    } finally {
        rmSync(dirname(file), { recursive: true });
    }
});

test('a daemon that fails shows why', () => {
    const found = run(`
        import { Sdk } from 'net-meshos';
        const sdk = Sdk.start();
        const daemon = sdk.register('fails', new Uint8Array(32), () => { throw new RangeError('of no use'); });
        daemon.post('x');
        await daemon.flush();
        await daemon.close();
        await sdk.close();
    `);
    assert.strictEqual(found.status, 0);
    assert.match(found.stderr, /MeshosCallbackFailed: process of the daemon "fails" failed: RangeError: of no use/);
});
