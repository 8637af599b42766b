// State, control events, and the lives of daemons.
import assert from 'node:assert';
import { afterEach, beforeEach, test } from 'node:test';
import { ControlKind, Health, newSeed, Sdk } from 'net-meshos';
import { DEADLINE, line, Recorder, seed, until, within } from './parts.js';

const AN_HOUR = 3_600_000;

let sdk, work, daemon;

beforeEach(() => {
    sdk = Sdk.startWith({ thisNode: 2n ** 64n - 1n, tickIntervalMs: 5 });
    work = new Recorder();
    daemon = sdk.register('control', seed(1), work);
});

afterEach(async () => {
    await daemon.close();
    await sdk.close();
});

test('state', async () => {
    assert.deepStrictEqual(await sdk.snapshot(daemon), Buffer.from('state'));
    await sdk.restore(daemon, 'other\0');
    assert.deepStrictEqual(await sdk.snapshot(daemon.id), Buffer.from('other\0'));
    await sdk.restore(daemon, '');
    assert.strictEqual(work.state, '');
    work.state = undefined;
    assert.strictEqual(await sdk.snapshot(daemon), null);
});

test('maintenance', async () => {
    assert.strictEqual(daemon.tryNextControl(), null);
    const waiting = daemon.nextControl();
    sdk.enterMaintenance(AN_HOUR);
    const first = await within(waiting);
    assert.strictEqual(first.kind, ControlKind.DrainStart);
    assert.ok(first.gracePeriodMs > 0 && first.gracePeriodMs <= AN_HOUR);
    assert.deepStrictEqual(await daemon.nextControl(DEADLINE), { kind: ControlKind.DrainFinish, gracePeriodMs: 0, level: 0 });
    assert.strictEqual(sdk.runtime().maintenance.state, 'Maintenance');
    assert.strictEqual(daemon.refreshMetadata().maintenance_state.kind, 'maintenance');
    sdk.exitMaintenance();
    await until(() => work.controls.length > 0); // it is told after the event has come
    assert.strictEqual(work.controls[0].kind, ControlKind.DrainStart);
    assert.strictEqual(sdk.droppedControlEvents, 0n);
});

test('control events of a daemon without callbacks', async () => {
    await daemon.close(); // its callbacks would wait while this thread does
    const bare = sdk.register('bare', seed(2));
    const waiting = bare.nextControl();
    sdk.enterMaintenance(AN_HOUR);
    assert.strictEqual((await within(waiting)).kind, ControlKind.DrainStart);
    assert.strictEqual(bare.nextControlSync(DEADLINE).kind, ControlKind.DrainFinish);
    assert.strictEqual(bare.nextControlSync(1), null);
    await bare.close();
});

test('a timeout is kept', async () => {
    const begin = performance.now();
    assert.strictEqual(await daemon.nextControl(250), null);
    assert.ok(performance.now() - begin >= 250);
    assert.strictEqual(await daemon.nextControl(0), null);
});

test('the end wakes who waits', async () => {
    const other = Sdk.start();
    const first = other.register('first', seed(1), new Recorder());
    const second = other.register('second', seed(2), new Recorder());
    const waiting = [first.nextControl(), second.nextControl()];
    await first.close();
    assert.strictEqual(await within(waiting[0]), null);
    await other.close();
    assert.strictEqual(await within(waiting[1]), null);
    await second.close();
});

test('graceful shutdown', async () => {
    const kinds = [];
    const listening = (async () => {
        for await (const event of daemon.controls()) {
            kinds.push(event.kind);
            assert.strictEqual(event.gracePeriodMs, AN_HOUR);
            daemon.done();
        }
    })();
    await within(daemon.gracefulShutdown(AN_HOUR));
    await within(listening);
    assert.deepStrictEqual(kinds, [ControlKind.Shutdown]);
});

test('stop and restart', async () => {
    work.finishes = daemon;
    await sdk.stop(daemon, AN_HOUR);
    assert.strictEqual(sdk.daemonRuntime(daemon).lifecycle, 'stopped');
    sdk.restart(daemon);
    assert.strictEqual((await daemon.deliver('again')).length, 1);
});

test('metrics and seeds', async () => {
    assert.match(sdk.metrics(), /# EOF\n$/);
    const first = sdk.register('first', newSeed());
    const second = sdk.register('second', newSeed());
    assert.notStrictEqual(first.id, second.id);
    await first.close();
    await second.close();
});

test('what a daemon shows', async () => {
    work.well = Health.Degraded;
    await line(sdk, 'degraded');
    await until(() => sdk.daemonRuntime(daemon).saturation === 0.25); // it is asked one after the other
    daemon.publishCapabilities(['hardware.gpu', 'ö"\\\n', '1234567890123456789']);
    const found = sdk.daemonRuntime(daemon);
    assert.strictEqual(found.health, 'degraded');
    assert.deepStrictEqual(found.capabilities, ['hardware.gpu', 'ö"\\\n', '1234567890123456789']);
    assert.strictEqual(found.id, daemon.id);
    assert.strictEqual(found.events_in, 0);
    daemon.publishCapabilities([]);
    assert.deepStrictEqual(sdk.daemonRuntime(daemon).capabilities, []);
    assert.strictEqual(daemon.metadata().node_id, 2n ** 64n - 1n);
    assert.match(daemon.idHex, /^[0-9a-f]{16}$/);
});
