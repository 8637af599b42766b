// What a worker thread does: an SDK of its own, and daemons.
import { Sdk } from 'net-meshos';
import { workerData } from 'node:worker_threads';
const sdk = Sdk.start();
for (let round = 0; round < 10; round++) {
    let processed = 0;
    const seed = new Uint8Array(32).fill(workerData);
    const daemon = sdk.register('worker', seed, () => { processed++; });
    await daemon.deliver('x');
    daemon.post('y');
    await daemon.flush();
    if (processed !== 2) throw new Error(String(processed));
    await daemon.close();
}
await sdk.close();
