// Worker threads, and their end.
import assert from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { Worker } from 'node:worker_threads';
import { Sdk } from 'net-meshos';
import { latch, line, refused, until, within } from './parts.js';
import { moduleOf, OPEN, run } from './programs.js';

test('worker threads', async () => {
    const ends = [1, 2, 3].map((number) => new Promise((resolve, reject) => {
        const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: number });
        worker.on('error', reject);
        worker.on('exit', resolve);
    }));
    assert.deepStrictEqual(await within(Promise.all(ends)), [0, 0, 0]);
});

test('worker threads that end with an SDK open', () => {
    const ends = {
        'by themselves': '',
        'by an error': "throw new Error('in the worker');",
        'by process.exit': 'process.exit(3);',
        'while a call waits': "daemon.flush(); throw new Error('in the worker');",
    };
    for (const [how, end] of Object.entries(ends)) {
        const found = run(`
            import { Worker } from 'node:worker_threads';
            ${moduleOf('program', `${OPEN} ${end}`)}
            for (let i = 0; i < 5; i++) {
                await new Promise((resolve) => new Worker(program).on('error', () => {}).on('exit', resolve));
            }
            console.log('done');
        `);
        assert.deepStrictEqual(found, { status: 0, stdout: 'done\n', stderr: '' }, how);
    }
});

test('worker threads that are terminated while callbacks run', () => {
    const doing = {
        'posts': '',
        'calls that wait': "daemon.flush(); for (let i = 0; i < 20; i++) daemon.deliver('x').catch(() => {});",
        'its end': 'sdk.close();',
    };
    for (const [what, begin] of Object.entries(doing)) {
        const found = run(`
            import { Worker } from 'node:worker_threads';
            ${moduleOf('program', `${OPEN}
                import { parentPort } from 'node:worker_threads';
                ${begin}
                parentPort.postMessage('terminate me');
                for (;;) {
                    try { daemon.post('event'); } catch {}
                    await new Promise((resolve) => setImmediate(resolve));
                }
            `)}
            for (let i = 0; i < 10; i++) {
                const worker = new Worker(program);
                await new Promise((resolve) => worker.on('message', resolve));
                await worker.terminate();
            }
            console.log('done');
        `);
        assert.deepStrictEqual(found, { status: 0, stdout: 'done\n', stderr: '' }, what);
    }
});

/** A Worker with a body that has `parentPort` and `data`, and what it sends first. */
async function started(body, data) {
    const text = `import { parentPort, workerData as data } from 'node:worker_threads';
        import { Sdk } from ${JSON.stringify(import.meta.resolve('net-meshos'))}; ${body}`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(text)}`), { workerData: data });
    const { open, opened } = latch();
    worker.on('message', open);
    worker.on('error', (error) => open(Promise.reject(error)));
    return { worker, said: await opened };
}

test('the SDKs of a worker thread that is terminated have ended', async () => {
    const state_dir = mkdtempSync(join(tmpdir(), 'meshos-'));
    try {
        const { worker } = await started(`const sdk = Sdk.start({ state_dir: data });
            sdk.register('theirs', new Uint8Array(32), () => {});
            parentPort.postMessage('started'); setInterval(() => {}, 1000);`, state_dir);
        assert.strictEqual(await refused(() => Sdk.start({ state_dir })), 'invalid_state -2');
        await within(worker.terminate());
        await Sdk.start({ state_dir }).close();
    } finally {
        rmSync(state_dir, { recursive: true });
    }
});

/** A daemon of an SDK of this thread whose callbacks are a Worker's, so that what becomes of events is seen here. */
async function daemonOfWorker(sdk, process, after) {
    const told = new Int32Array(new SharedArrayBuffer(4));
    const { worker, said: id } = await started(`
        const theirs = Object.assign(Object.create(Sdk.prototype), { handle: data.handle, daemons: new Map() });
        const daemon = theirs.register('theirs', new Uint8Array(32), ${process});
        parentPort.postMessage(daemon.id);
        ${after}
    `, { handle: sdk.handle, told });
    return { worker, id, told };
}

test('events whose callbacks a terminated worker thread should run fail', async () => {
    const sdk = Sdk.start();
    const { worker, id, told } = await daemonOfWorker(sdk, `(event) => {
        if (event.payload.toString() !== 'hang') return;
        Atomics.store(data.told, 0, 1);
        for (;;);
    }`, 'setInterval(() => {}, 1000);');
    // One after the other on a thread of the library, where the answer to the one before is left on the stack.
    sdk.postBatch(id, [...Array(10).fill({ payload: 'all right' }), { payload: 'hang' }]);
    await until(() => Atomics.load(told, 0) === 1);
    await within(worker.terminate());
    await within(sdk.flush(id));
    assert.strictEqual(sdk.daemonRuntime(id).failures, 1);
    assert.strictEqual(await refused(() => sdk.deliver(id, 'after that')), 'process_failed -2');
    assert.strictEqual(await refused(() => sdk.restore(id, 'x')), 'restore_failed -2');
    assert.strictEqual(sdk.daemonRuntime(id).failures, 2);
    await within(sdk.close());
});

test('an event whose callback waits for the loop of a worker thread that is terminated fails', async () => {
    const sdk = Sdk.start({ watchdog_ms: 20, tick_interval_ms: 5 });
    const { worker, id } = await daemonOfWorker(sdk, '() => {}', 'for (;;);');
    sdk.post(id, 'x');
    await line(sdk, 'overdue');
    await within(worker.terminate());
    await within(sdk.flush(id));
    assert.strictEqual(sdk.daemonRuntime(id).failures, 1);
    await within(sdk.close());
});

test('a worker thread can be terminated while a callback of its own SDK waits for its loop', async () => {
    const { worker, said: handle } = await started(`const sdk = Sdk.start({ watchdog_ms: 20, tick_interval_ms: 5 });
        sdk.register('own', new Uint8Array(32), () => {}).post('x');
        parentPort.postMessage(sdk.handle);
        for (;;);`);
    const theirs = Object.assign(Object.create(Sdk.prototype), { handle });
    await line(theirs, 'overdue');
    await within(worker.terminate());
    assert.strictEqual(await refused(() => theirs.runtime()), 'invalid_handle -1');
});
