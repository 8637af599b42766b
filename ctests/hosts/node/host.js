'use strict';
// A Node host: node host.js KOFFI-FOLDER LIBRARY PART. Callbacks that come on threads of the library wait for the
// event loop, so calls that wait for such a callback are made with .async, as they must be in every Node program.
//   threads    worker threads, each with an SDK of its own, and asynchronous calls in each
//   signals    process.on() hears each signal from outside while the library works
//   exit       process.exit() while callbacks run

const { Worker, isMainThread, workerData } = require('node:worker_threads');
const { execFileSync } = require('node:child_process');
const assert = require('node:assert');

const [koffiFolder, libraryPath, part] = isMainThread ? process.argv.slice(2) : workerData;
const koffi = require(koffiFolder);
const library = koffi.load(libraryPath);

const Process = koffi.proto('int Process(void *ctx, void *emit, uint64_t origin, uint64_t sequence, void *payload, size_t len)');
koffi.struct('Vtable', {
    process: koffi.pointer(Process),
    snapshot: 'void *', restore: 'void *', onControl: 'void *', health: 'void *', saturation: 'void *',
});
koffi.struct('Event', { origin: 'uint64_t', sequence: 'uint64_t', payload: 'const char *', len: 'size_t' });

const call = (prototype) => library.func(prototype);
const api = {
    start: call('int net_meshos_sdk_start(uint64_t, uint64_t, size_t, size_t, size_t, _Out_ void **out)'),
    shutdown: call('int net_meshos_sdk_shutdown(void *sdk)'),
    freeSdk: call('void net_meshos_sdk_free(void *sdk)'),
    register: call('int net_meshos_register_daemon_with_vtable(void *sdk, const char *name, size_t len, const uint8_t *seed, const Vtable *table, void *ctx, _Out_ void **out)'),
    free: call('void net_meshos_handle_free(void *handle)'),
    id: call('uint64_t net_meshos_handle_daemon_id(void *handle)'),
    deliver: call('int net_meshos_ext_deliver(void *sdk, uint64_t id, const Event *event, void *output, void *ctx)'),
    post: call('int net_meshos_ext_post(void *sdk, uint64_t id, const Event *event, size_t n, void *accepted)'),
    flush: call('int net_meshos_ext_flush(void *sdk, uint64_t id, uint64_t ms)'),
    kind: call('const char *net_meshos_last_error_kind()'),
    json: call('void *net_meshos_ext_runtime_json(void *sdk)'),
    freeString: call('void net_meshos_free_string(void *text)'),
};

const async = (func, ...args) => new Promise((resolve, reject) => {
    func.async(...args, (error, result) => (error ? reject(error) : resolve(result)));
});

function check(status) {
    if (status !== 0) throw new Error(api.kind() ?? `status ${status}`);
}

function start() {
    const out = [null];
    check(api.start(0, 5, 0, 0, 0, out));
    return out[0];
}

class Daemon {
    constructor(sdk, number) {
        this.sdk = sdk;
        this.processed = 0;
        this.callback = koffi.register(() => {
            this.processed++;
            return 0;
        }, koffi.pointer(Process));
        const seed = new Uint8Array(32).fill(3);
        seed[0] = number;
        const out = [null];
        check(api.register(sdk, 'node', 4, seed, { process: this.callback }, null, out));
        this.handle = out[0];
        this.id = api.id(this.handle);
    }

    deliver() {
        check(api.deliver(this.sdk, this.id, { origin: 1, sequence: 2, payload: 'hello', len: 5 }, null, null));
    }

    post() {
        return api.post(this.sdk, this.id, { origin: 1, sequence: 2, payload: 'hello', len: 5 }, 1, null);
    }

    async free() {
        await async(api.free, this.handle);
        koffi.unregister(this.callback);
    }
}

async function live(rounds) {
    const sdk = start();
    for (let round = 0; round < rounds; round++) {
        const daemon = new Daemon(sdk, round % 200);
        for (let i = 0; i < 20; i++) daemon.deliver();
        for (let i = 0; i < 20; i++) check(daemon.post());
        check(await async(api.flush, sdk, daemon.id, 0));
        assert.strictEqual(daemon.processed, 40);
        await daemon.free();
    }
    const text = api.json(sdk);
    const seen = JSON.parse(koffi.decode(text, 'char', -1));
    assert.strictEqual(seen.totals.events_in, 40 * rounds);
    api.freeString(text);
    check(await async(api.shutdown, sdk));
    api.freeSdk(sdk);
}

function inWorker() {
    return new Promise((resolve, reject) => {
        const worker = new Worker(__filename, { workerData: [koffiFolder, libraryPath, 'worker'] });
        worker.on('error', reject);
        worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))));
    });
}

async function signals() {
    let goOn = true;
    const working = (async () => {
        while (goOn) await live(5);
    })();
    const times = 30;
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2', 'SIGALRM', 'SIGWINCH', 'SIGCHLD']) {
        let heard = 0;
        let wake = () => {};
        process.on(name, () => {
            heard++;
            wake();
        });
        for (let i = 1; i <= times; i++) {
            // SIGCHLD has a handler of Node's own, which it shares: each child sends one more.
            execFileSync('kill', [`-${name.slice(3)}`, String(process.pid)]);
            while (heard < i) await new Promise((resolve) => (wake = resolve));
        }
        process.removeAllListeners(name);
    }
    goOn = false;
    await working;
}

async function exit() {
    const sdk = start();
    const daemon = new Daemon(sdk, 1);
    while (daemon.processed < 100) {
        for (let i = 0; i < 50; i++) daemon.post();
        await new Promise((resolve) => setImmediate(resolve));
    }
    for (let i = 0; i < 50; i++) daemon.post();
    process.exit(23);
}

async function main() {
    if (part === 'worker') return live(20);
    if (part === 'threads') {
        await live(20);
        await Promise.all([inWorker(), inWorker(), inWorker(), inWorker(), live(20)]);
        return live(5);
    }
    if (part === 'signals') return signals();
    assert.strictEqual(part, 'exit');
    return exit();
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
