// What several tests need.
import { ControlKind, Health } from 'net-meshos';

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

/** Waits until something is so. */
export async function until(isSo, otherwise = () => `never: ${isSo}`) {
    const end = performance.now() + DEADLINE;
    while (!isSo()) {
        if (performance.now() > end) throw new Error(otherwise());
        await new Promise((resolve) => setTimeout(resolve, 5));
    }
}

/** Waits until the log of the SDK has a line. */
export function line(sdk, words) {
    return until(
        () => sdk.logs().some((record) => record.message.includes(words)),
        () => `no ${words} among ${JSON.stringify(sdk.logs().map((r) => r.message))}`,
    );
}

/** What a call fails with that is given too little time while this thread's event loop doesn't run. How long that must be
 * depends on how busy the machine is. */
export async function failsMeanwhile(call) {
    for (let ms = 50; ; ms *= 4) {
        const made = call().then(() => undefined, (error) => error);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
        const error = await made;
        if (error) return error;
        if (ms > DEADLINE) throw new Error(`${call} passed`);
    }
}

/** Emits each payload, keeps what it hears, and throws what it is told to. */
export class Recorder {
    events = [];
    controls = [];
    state = 'state';
    thrown = null;
    well = Health.Healthy;
    /** A daemon that is to be done when it hears of its shutdown, so that no time is too short for it. */
    finishes = null;

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
        if (event.kind === ControlKind.Shutdown) this.finishes?.done();
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
