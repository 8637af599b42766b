// What callbacks throw, and what wrong input and closed objects bring.
import assert from 'node:assert';
import { afterEach, beforeEach, test } from 'node:test';
import v8 from 'node:v8';
import vm from 'node:vm';
import { calls, LogLevel, Sdk } from 'net-meshos';
import { DEADLINE, line, Recorder, refused, seed, until } from './parts.js';

let sdk, work, daemon;

beforeEach(() => {
    sdk = Sdk.start({ tick_interval_ms: 5 });
    work = new Recorder();
    daemon = sdk.register('failures', seed(1), work);
});

afterEach(async () => {
    await daemon.close();
    await sdk.close();
});

test('process', async () => {
    work.thrown = new TypeError('no such ✓');
    await assert.rejects(daemon.deliver('x'), (error) => {
        assert.strictEqual(error.kind, 'process_failed');
        assert.strictEqual(error.cause, work.thrown);
        return true;
    });
    assert.strictEqual(daemon.lastError, work.thrown);
    await line(sdk, 'process: TypeError: no such ✓');
    work.thrown = 'no Error';
    assert.strictEqual(await refused(() => daemon.deliver('x')), 'process_failed -2');
    await line(sdk, 'process: no Error');
    work.thrown = null;
    assert.strictEqual((await daemon.deliver('goes on')).length, 1);
    assert.strictEqual(sdk.daemonRuntime(daemon).failures, 2);
});

test('a configuration whose keys are undefined', async () => {
    const other = Sdk.start({ inbox_capacity: undefined, tick_interval_ms: 7, mesh: undefined });
    const { inbox_capacity, tick_interval_ms } = other.runtime().config;
    const byDefault = sdk.runtime().config.inbox_capacity;
    assert.deepStrictEqual({ inbox_capacity, tick_interval_ms }, { inbox_capacity: byDefault, tick_interval_ms: 7 });
    await other.close();
    assert.match(await refused(() => Sdk.start({ inbox_capacity: null })), /^invalid_argument -3$/);
});

test('process of a posted event', async () => {
    const warned = new Promise((resolve) => process.once('warning', resolve));
    const posted = sdk.register('posted', seed(2), () => { throw new Error('of no use'); });
    posted.post('x');
    await posted.flush();
    await line(sdk, 'process: Error: of no use');
    assert.match((await warned).message, /^process of the daemon "posted" failed: Error: of no use\n +at /);
    await posted.close();
});

test('process must not be async', async () => {
    const asynchronous = sdk.register('async', seed(2), async () => { throw new Error('late'); });
    await assert.rejects(asynchronous.deliver('x'), /process must not be async/);
    await asynchronous.close();
});

test('snapshot and restore', async () => {
    work.thrown = new Error('disk');
    await assert.rejects(sdk.snapshot(daemon), { kind: 'callback_failed', cause: work.thrown });
    await assert.rejects(sdk.restore(daemon, 'x'), { kind: 'restore_failed', cause: work.thrown });
    await line(sdk, 'restore: Error: disk');
    work.thrown = null;
    work.state = 7;
    await assert.rejects(sdk.snapshot(daemon), /state must be a Buffer, a Uint8Array or a string, and is 7/);
    const stateless = sdk.register('stateless', seed(2), () => {});
    assert.strictEqual(await refused(() => sdk.restore(stateless, 'x')), 'restore_failed -2');
    await stateless.close();
});

test('health and onControl', async () => {
    work.thrown = new Error('asked');
    await line(sdk, 'health: Error: asked');
    await line(sdk, 'saturation: Error: asked');
    await until(() => sdk.daemonRuntime(daemon).health === 'unhealthy');
    sdk.enterMaintenance(1000);
    await line(sdk, 'onControl: Error: asked');
    work.thrown = null;
    work.well = 'fine';
    await line(sdk, 'health: TypeError: health must return a number, and not string');
});

test('the object is released after the last callback', async () => {
    v8.setFlagsFromString('--expose-gc');
    const gc = vm.runInNewContext('gc');
    const registered = async () => {
        const recorder = new Recorder();
        const own = sdk.register('released', seed(3), recorder);
        assert.throws(() => sdk.register('again', seed(3), recorder), { kind: 'register_failed' });
        gc();
        await own.deliver('still there');
        await own.close();
        return new WeakRef(recorder);
    };
    const gone = await registered();
    const end = performance.now() + DEADLINE;
    while (gone.deref()) {
        assert.ok(performance.now() < end, 'it is kept');
        await new Promise((resolve) => setTimeout(resolve, 5));
        gc();
    }
});

test('wrong input', async () => {
    const nothing = () => {};
    const cases = [
        ['RangeError: seed must have 32 bytes, and has 31', () => sdk.register('x', new Uint8Array(31), nothing)],
        ['TypeError: seed must be a Uint8Array, and is string', () => sdk.register('x', '0'.repeat(32), nothing)],
        ['TypeError: name must be a string, and is 5', () => sdk.register(5, seed(9), nothing)],
        ['TypeError: callbacks must be a function, or have a method process, and is object', () => sdk.register('x', seed(9), {})],
        ['TypeError: callbacks must be a function, or have a method process, and is null', () => sdk.register('x', seed(9), null)],
        ['runtime_panic -2', () => sdk.register('a\0b', seed(9), nothing)],
        ['register_failed -2', () => sdk.register('x', seed(1), nothing)],
        ['register_failed -2', () => sdk.register('x', seed(1))],
        ['TypeError: payload must be a Buffer, a Uint8Array or a string, and is 5', () => daemon.post({ payload: 5 })],
        ['TypeError: payload must be a Buffer, a Uint8Array or a string, and is undefined', () => daemon.deliver({})],
        ['TypeError: originHash must be a bigint, and is 0.5', () => daemon.deliver({ payload: '', originHash: 0.5 })],
        ['RangeError: sequence must be 0 to 2^64 - 1, and is -1', () => daemon.post({ payload: '', sequence: -1n })],
        ['RangeError: sequence must be 0 to 2^64 - 1, and is 18446744073709551616', () => daemon.post({ payload: '', sequence: 2n ** 64n })],
        ['TypeError: daemon must be a bigint, and is string', () => sdk.post('events', 'x')],
        ['not_found -2', () => sdk.post(12345n, 'x')],
        ['not_found -2', () => sdk.deliver(12345n, 'x')],
        ['not_found -2', () => sdk.flush(12345n)],
        ['not_found -2', () => sdk.snapshot(12345n)],
        ['not_found -2', () => sdk.stop(12345n)],
        ['not_found -2', () => sdk.daemonRuntime(12345n)],
        ['TypeError: timeoutMs must be milliseconds, a number from 0 on, and is -1', () => daemon.nextControl(-1)],
        ['TypeError: timeoutMs must be milliseconds, a number from 0 on, and is NaN', () => daemon.flush(NaN)],
        ['invalid_log_level -3', () => daemon.log(9, 'x')],
        ['invalid_log_level -3', () => sdk.onLog(nothing, 9)],
        ['invalid_argument -3', () => daemon.publishCapabilities([1])],
        ['invalid_argument -3', () => daemon.publishCapabilities('gpu')],
        ['invalid_state -2', () => daemon.done()],
        ['invalid_state -2', () => sdk.exitMaintenance()],
        ['TypeError: output must be a function, and is 3', () => sdk.setOutput(3)],
        ['invalid_argument -3', () => Sdk.start({ tick_intervall_ms: 5 })],
        ['invalid_argument -3', () => Sdk.start({ tick_interval_ms: 'soon' })],
        // This edition reads the key, which has all that a configuration can have, and has no mesh.
        ['unsupported -2', () => Sdk.start({ mesh: { servers: ['nats://127.0.0.1:4222'], lease_ms: 1000n } })],
        ['runtime_panic -2', () => Sdk.startWith({ eventQueueCapacity: 2n ** 61n })],
    ];
    for (const [expected, call] of cases) {
        assert.strictEqual(await refused(async () => call()), expected, String(call));
    }
    const unnamed = sdk.register('', seed(9));
    assert.strictEqual(unnamed.name, '');
    await unnamed.close();
});

// What the same call fails with here, where its last error can be read.
function wordsHere(name, ...parameters) {
    const status = calls[`net_meshos_${name}`](...parameters);
    return `${calls.net_meshos_last_error_kind()}: ${calls.net_meshos_last_error_message()} ${status}`;
}

test('calls that wait fail in the words of the library', async () => {
    const { handle } = sdk;
    const [payload, two] = [Buffer.alloc(32), Buffer.alloc(16)];
    const stateless = sdk.register('stateless', seed(2), () => {});
    const cases = [
        ['ext_deliver', [handle, 7n, payload, 0n, 0n], () => sdk.deliver(7n, '')],
        ['ext_post_wait', [handle, 7n, payload, 1n, 1n, two], () => sdk.postWait(7n, [{ payload: '' }], 1)],
        ['ext_flush', [handle, 7n, 1n], () => sdk.flush(7n, 1)],
        ['ext_snapshot', [handle, 7n, two, two], () => sdk.snapshot(7n)],
        ['ext_restore', [handle, 7n, payload, 1n], () => sdk.restore(7n, 'x')],
        ['ext_restore', [handle, stateless.id, payload, 1n], () => sdk.restore(stateless, 'x')],
        ['ext_stop_daemon', [handle, 7n, 1n], () => sdk.stop(7n, 1)],
        ['ext_on_log', [handle, -7, 1n, 0n], () => sdk.onLog(() => {}, -7)],
    ];
    for (const [name, parameters, call] of cases) {
        await assert.rejects(call, (error) => {
            assert.strictEqual(`${error.message} ${error.status}`, wordsHere(name, ...parameters), name);
            return true;
        });
    }
    await stateless.close();
    const ended = Sdk.start();
    const gone = ended.register('gone', seed(1), work);
    await ended.shutdown();
    await gone.gracefulShutdown(1);
    await assert.rejects(ended.shutdown(), { message: wordsHere('sdk_shutdown', ended.handle).slice(0, -3) });
    await assert.rejects(gone.gracefulShutdown(1), { message: wordsHere('graceful_shutdown', gone.handle, 1n).slice(0, -3) });
    await gone.close();
    await ended.close();
    await assert.rejects(ended.setOutput(null), { message: wordsHere('ext_set_output', ended.handle, 0n, 0n).slice(0, -3) });
});

test('calls that wait at the same time have each an error of its own', async () => {
    const ids = Array.from({ length: 600 }, (_, i) => 1_000_000n + BigInt(i)); // more than there are threads
    const said = await Promise.all(ids.map((id) => sdk.deliver(id, 'x').then(() => 'passed', (error) => error.message)));
    for (const [i, id] of ids.entries()) assert.match(said[i], new RegExp(`^not_found: .* 0x${id.toString(16)} `));
});

test('a daemon that is stopped, or drains', async () => {
    work.finishes = daemon;
    await sdk.stop(daemon, DEADLINE);
    assert.strictEqual(await refused(() => daemon.deliver('x')), 'stopped -2');
    assert.strictEqual(await refused(() => sdk.stop(daemon)), 'stopped -2');
    sdk.restart(daemon);
    sdk.enterMaintenance();
    assert.strictEqual(await refused(() => daemon.deliver('x')), 'draining -2');
});

test('after the end', async () => {
    const other = Sdk.start();
    const first = other.register('first', seed(1), work);
    other.register('never closed', seed(2), work);
    await other.shutdown();
    assert.strictEqual(await refused(() => other.shutdown()), 'already_shutdown -4');
    assert.strictEqual(await refused(() => first.deliver('x')), 'already_shutdown -4');
    assert.strictEqual(await refused(() => other.droppedControlEvents), 'already_shutdown -4');
    await other.close();
    await other.close();
    assert.strictEqual(await refused(() => other.runtime()), 'invalid_handle -1');
    assert.strictEqual(await refused(() => other.flush()), 'invalid_handle -1');
    assert.strictEqual(await refused(() => first.log(LogLevel.Info, 'x')), 'loop_closed -2');
    assert.strictEqual(await first.nextControl(), null);
    assert.strictEqual(first.metadata().daemon_name, 'first');
    await first.gracefulShutdown(1);
    assert.strictEqual(await refused(() => first.gracefulShutdown(1)), 'already_shutdown -4');
    await first.close();
    await first.close();
    assert.strictEqual(await refused(() => first.metadata()), 'invalid_handle -1');
    assert.strictEqual(await refused(() => first.gracefulShutdown(1)), 'invalid_handle -1');
});

test('closed from inside a callback', async () => {
    const own = Sdk.start();
    const closings = [];
    const daemon = own.register('own end', seed(1), () => { closings.push(daemon.close(), own.close()); });
    await daemon.deliver('').catch(() => undefined);
    await Promise.all(closings);
    assert.strictEqual(await refused(() => own.runtime()), 'invalid_handle -1');
});
