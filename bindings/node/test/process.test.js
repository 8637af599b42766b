// Worker threads, and the end of the process.
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { DEADLINE, within } from './parts.js';

const BUSY = `
    import { Sdk } from 'net-meshos';
    const sdk = Sdk.start({ tick_interval_ms: 1 });
    let processed = 0;
    const daemon = sdk.register('busy', new Uint8Array(32), {
        process(event, emit) { processed++; emit(event.payload); },
        health() { return 0; },
    });
    await sdk.setOutput(() => {});
    await sdk.onLog(() => {});
    daemon.nextControl();
    while (processed < 100) {
        for (let i = 0; i < 50; i++) daemon.post('event');
        await new Promise((resolve) => setImmediate(resolve));
    }
    for (let i = 0; i < 50; i++) daemon.post('event');
`;

function run(program) {
    const found = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
        cwd: fileURLToPath(new URL('.', import.meta.url)), timeout: DEADLINE, encoding: 'utf8',
    });
    return { status: found.status, stdout: found.stdout, stderr: found.stderr };
}

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

test('worker threads', async () => {
    const ends = [1, 2, 3].map((number) => new Promise((resolve, reject) => {
        const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: number });
        worker.on('error', reject);
        worker.on('exit', resolve);
    }));
    assert.deepStrictEqual(await within(Promise.all(ends)), [0, 0, 0]);
});
