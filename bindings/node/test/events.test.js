// Events, outputs, subscriptions and log lines.
import assert from 'node:assert';
import { afterEach, beforeEach, test } from 'node:test';
import { LogLevel, Sdk } from 'net-meshos';
import { DEADLINE, failsMeanwhile, latch, line, Recorder, refused, seed, within } from './parts.js';

let sdk, work, daemon;

beforeEach(() => {
    sdk = Sdk.start({ tick_interval_ms: 5, inbox_capacity: 8 });
    work = new Recorder();
    daemon = sdk.register('events', seed(1), work);
});

afterEach(async () => {
    await daemon.close();
    await sdk.close();
});

test('deliver', async () => {
    const payload = Buffer.from('one\0✓');
    const event = { payload, originHash: 2n ** 64n - 1n, sequence: 7n };
    const output = { daemonId: daemon.id, inOriginHash: 2n ** 64n - 1n, inSequence: 7n, outSequence: 1n, payload };
    assert.deepStrictEqual(await daemon.deliver(event), [output]);
    assert.strictEqual((await sdk.deliver(daemon.id, ''))[0].payload.length, 0);
    assert.strictEqual((await daemon.deliver(new Uint8Array([65])))[0].payload.toString(), 'A');
    assert.deepStrictEqual(work.events[0], event);
});

test('a function is a daemon', async () => {
    const twice = sdk.register('twice', seed(2), (event, emit) => {
        emit(event.payload);
        emit('as text');
    });
    assert.deepStrictEqual((await twice.deliver('x')).map((o) => o.payload.toString()), ['x', 'as text']);
    await twice.close();
});

test('post and flush', async () => {
    const large = Buffer.alloc(3_000_000);
    daemon.post('a');
    daemon.post({ payload: 'b', originHash: 1n });
    assert.strictEqual(daemon.postBatch([{ payload: large }, { payload: '' }, { payload: 'c', sequence: 9n }]), 3);
    await sdk.flush();
    assert.deepStrictEqual(work.events.map((e) => e.payload.length), [1, 1, large.length, 0, 1]);
    assert.strictEqual(work.events[4].sequence, 9n);
    assert.strictEqual(daemon.postBatch([]), 0);
});

test('many delivers at once', async () => {
    const found = await within(Promise.all(Array.from({ length: 40 }, (_, i) => daemon.deliver(String(i)))));
    assert.deepStrictEqual(found.map(([o]) => o.payload.toString()), Array.from({ length: 40 }, (_, i) => String(i)));
});

test('more calls at once than koffi has room for', async () => {
    const all = await Promise.all(Array.from({ length: 1000 }, (_, i) => daemon.deliver(String(i))));
    assert.deepStrictEqual(all.map(([output]) => Number(output.payload)).sort((a, b) => a - b), [...all.keys()]);
});

test('a batch that does not fit', async () => {
    // Nothing is processed before the event loop runs: the first is taken out of the inbox at most.
    const many = Array.from({ length: 20 }, () => ({ payload: 'x' }));
    assert.throws(() => daemon.postBatch(many), (error) => {
        assert.strictEqual(error.kind, 'queue_full');
        assert.ok(error.accepted > 0 && error.accepted < 20);
        return true;
    });
    assert.strictEqual(await refused(() => { for (;;) daemon.post('one more'); }), 'queue_full -2');
    await daemon.flush(DEADLINE);
    assert.ok(work.events.length >= 8);
});

test('a flush that has too little time', async () => {
    const error = await failsMeanwhile(() => {
        daemon.post('x');
        return daemon.flush(20);
    });
    assert.match(error.message, /^timeout: daemon "events" had \d+ events? waiting .* 20 ?ms$/);
    assert.strictEqual(error.status, -2);
});

test('a batch that waits for room', async () => {
    assert.strictEqual(await daemon.postWait(Array.from({ length: 100 }, (_, i) => ({ payload: 'x', sequence: BigInt(i) }))), 100);
    await daemon.flush();
    assert.deepStrictEqual(work.events.map((e) => e.sequence), Array.from({ length: 100 }, (_, i) => BigInt(i)));
    const error = await failsMeanwhile(() => daemon.postWait(Array.from({ length: 20 }, () => ({ payload: 'x' })), 20));
    assert.strictEqual(error.kind, 'queue_full');
    assert.ok(error.accepted > 0 && error.accepted < 20);
    assert.match(error.message, /^queue_full: the inbox of daemon 0x\w+ is full at 8 events: /);
    assert.strictEqual(await refused(() => sdk.postWait(12345n, [{ payload: 'x' }])), 'not_found -2');
});

// While callbacks wait for the event loop, no call that returns at once may wait for them.
test('calls that do not wait, while callbacks do', async () => {
    const other = sdk.register('other', seed(3), new Recorder());
    for (let round = 0; round < 20; round++) {
        daemon.post('x');
        other.post('x');
        sdk.subscribe(daemon, other);
        sdk.runtime();
        sdk.daemonRuntime(daemon);
        sdk.logs();
        daemon.metadata();
        daemon.refreshMetadata();
        daemon.tryNextControl();
        daemon.log(LogLevel.Info, 'x');
        daemon.publishCapabilities(['x']);
        sdk.unsubscribe(daemon, other);
        if (round === 0) {
            sdk.enterMaintenance(1000);
            sdk.exitMaintenance();
        }
        sdk.restart(daemon);
        sdk.register(`more ${round}`, seed(10 + round), new Recorder());
        await sdk.flush();
    }
    await other.close();
});

test('set output', async () => {
    const found = [];
    await sdk.setOutput((output) => found.push(output.payload.toString()));
    await daemon.deliver('heard');
    await sdk.setOutput(() => { throw new Error('an output function that throws'); });
    assert.strictEqual((await daemon.deliver('goes on')).length, 1);
    await sdk.setOutput(null);
    await daemon.deliver('not heard');
    assert.deepStrictEqual(found, ['heard']);
});

test('subscriptions', async () => {
    const target = new Recorder();
    const second = sdk.register('target', seed(4), target);
    sdk.subscribe(daemon, second);
    await daemon.deliver('passed on');
    await sdk.flush();
    sdk.unsubscribe(daemon.id, second.id);
    await daemon.deliver('not passed on');
    await sdk.flush();
    assert.deepStrictEqual(target.events, [{ payload: Buffer.from('passed on'), originHash: daemon.id, sequence: 1n }]);
    assert.strictEqual(await refused(() => sdk.unsubscribe(daemon, second)), 'not_found -2');
    await second.close();
});

test('emit after its time', async () => {
    let kept;
    const keeps = sdk.register('keeps', seed(5), (event, emit) => { kept = emit; });
    await keeps.deliver('');
    assert.throws(() => kept('late'), /only until process returns/);
    await keeps.close();
});

test('logs', async () => {
    const came = latch();
    const found = [];
    await sdk.onLog((record) => {
        found.push(record);
        if (record.message === 'the last\0✓') came.open();
    }, LogLevel.Info);
    daemon.log(LogLevel.Debug, 'too quiet');
    daemon.log(LogLevel.Warn, '');
    daemon.log(LogLevel.Warn, 'the last\0✓');
    await came.opened;
    await sdk.onLog(null);
    assert.ok(!found.some((record) => record.message === 'too quiet'));
    assert.ok(found.some((record) => record.message === ''));
    const last = found.find((record) => record.message === 'the last\0✓');
    assert.deepStrictEqual(sdk.logs().find((record) => record.message === 'the last\0✓'), last);
    assert.strictEqual(last.daemonId, daemon.id);
    await line(sdk, 'too quiet');
    assert.deepStrictEqual(sdk.logs(1n, 1).map((r) => r.seq), [2n]);
});

test('a callback makes calls', async () => {
    const nested = sdk.register('nested', seed(6), (event, emit) => {
        daemon.post(event.payload);
        emit(String(sdk.runtime().totals.daemons));
    });
    assert.strictEqual((await nested.deliver('x'))[0].payload.toString(), '2');
    await sdk.flush();
    assert.strictEqual(work.events.length, 1);
    await nested.close();
});
