// What calls cost from Node. Prints "name value unit" lines. While posts are timed the event loop doesn't run: the
// first event waits for it, and the others behind that.
import { Sdk } from 'net-meshos';

const EVENTS = 4_096; // fewer than an inbox holds; between two rounds each is processed
const BATCH = 256;
const ROUNDS = 3;

async function best(run, after) {
    let found = Infinity;
    for (let round = 0; round < ROUNDS; round++) {
        const begin = performance.now();
        run();
        found = Math.min(found, performance.now() - begin);
        await after();
    }
    return found;
}

const sdk = Sdk.start();
const daemon = sdk.register('bench', new Uint8Array(32), () => {});
const payload = Buffer.from('sixteen bytes ok');
const flush = () => daemon.flush();
const batches = Math.floor(EVENTS / BATCH);

const single = await best(() => {
    for (let i = 0; i < EVENTS; i++) daemon.post({ payload, originHash: 1n, sequence: BigInt(i) });
}, flush);
const batched = await best(() => {
    for (let batch = 0; batch < batches; batch++) {
        const events = [];
        for (let i = 0; i < BATCH; i++) events.push({ payload, originHash: 1n, sequence: BigInt(batch * BATCH + i) });
        daemon.postBatch(events);
    }
}, flush);
const control = await best(() => {
    for (let i = 0; i < EVENTS; i++) daemon.tryNextControl();
}, () => undefined);

console.log(`post ${(EVENTS / single * 1e3).toFixed(0)} events/s`);
console.log(`post_batch_${BATCH} ${(batches * BATCH / batched * 1e3).toFixed(0)} events/s`);
console.log(`try_next_control ${(control / EVENTS * 1e6).toFixed(0)} ns`);
await daemon.close();
await sdk.close();
