// What several tests need.
import { Health } from 'net-meshos';

export const DEADLINE = 60_000;

process.removeAllListeners('warning'); // failures are provoked here
process.on('warning', (warning) => {
    if (warning.name !== 'MeshosCallbackFailed') throw warning;
});

export function seed(number) {
    const bytes = new Uint8Array(32);
    bytes[0] = number;
    bytes[1] = number >> 8;
    return bytes;
}

/** A promise with its resolve. */
export function latch() {
    let open;
    const opened = new Promise((resolve) => (open = resolve));
    return { open, opened: within(opened) };
}

export async function within(promise) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error('it never came')), DEADLINE);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Waits until the log of the SDK has a line. */
export async function line(sdk, words) {
    const end = performance.now() + DEADLINE;
    while (!sdk.logs().some((record) => record.message.includes(words))) {
        if (performance.now() > end) throw new Error(`no ${words} among ${JSON.stringify(sdk.logs().map((r) => r.message))}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
    }
}

/** Emits each payload, keeps what it hears, and throws what it is told to. */
export class Recorder {
    events = [];
    controls = [];
    state = 'state';
    thrown = null;
    well = Health.Healthy;

    fail() {
        if (this.thrown) throw this.thrown;
    }
    process(event, emit) {
        this.events.push(event);
        emit(event.payload);
        this.fail();
    }
    snapshot() {
        this.fail();
        return this.state;
    }
    restore(state) {
        this.fail();
        this.state = state.toString();
    }
    onControl(event) {
        this.controls.push(event);
        this.fail();
    }
    health() {
        this.fail();
        return this.well;
    }
    saturation() {
        this.fail();
        return 0.25;
    }
}

/** The failure of a call that must fail: kind and status, or the TypeError or RangeError. */
export async function refused(call) {
    try {
        await call();
    } catch (error) {
        return error.kind ? `${error.kind} ${error.status}` : `${error.name}: ${error.message}`;
    }
    throw new Error(`${call} is accepted`);
}
