import koffi from 'koffi';
import { milliseconds, readable, text } from './arguments.js';
import type { DaemonSide } from './bridge.js';
import { calls } from './calls.js';
import { check, MeshosError, takeText } from './errors.js';
import { parse, stringify } from './json.js';
import { control, readControl } from './memory.js';
import type { Sdk } from './sdk.js';
import { ControlEvent, LogLevel, NewEvent, Output, Payload } from './types.js';
import { onThread } from './turns.js';

// A daemon without callbacks hears of its control events only by looking. With callbacks it is told; it still looks, for
// after the end of the SDK nobody is told.
const LOOK_MS = 10;
const LOOK_WHEN_TOLD_MS = 200;

// For daemons that nobody closes: the SDK keeps them, so that is after the SDK's end.
const freed = new FinalizationRegistry<bigint>((handle) => void onThread(calls.net_meshos_handle_free, handle));

/**
 * A daemon of an SDK, made by Sdk.register. It stays registered until it is closed, whether this object is kept or not.
 */
export class Daemon {
    readonly id: bigint;
    readonly name: string;
    private readonly waiting = new Set<() => void>();

    /** @internal */
    constructor(
        private readonly sdk: Sdk,
        private readonly handle: bigint,
        /** @internal */
        readonly side: DaemonSide | undefined,
    ) {
        this.id = BigInt(calls.net_meshos_handle_daemon_id(handle));
        this.name = calls.net_meshos_handle_daemon_name(handle) ?? '';
        if (side) side.onControl = () => this.wake();
        freed.register(this, handle, this);
    }

    /** The id as people read it: 16 hexadecimal digits. */
    get idHex(): string {
        return this.id.toString(16).padStart(16, '0');
    }

    /** What a callback of this daemon threw last. */
    get lastError(): unknown {
        return this.side?.lastError;
    }

    /** Ends the daemon at once and frees it. Resolves when none of its callbacks runs or will run. Closing twice does
     * nothing. */
    async close(): Promise<void> {
        freed.unregister(this);
        await onThread(calls.net_meshos_handle_free, this.handle);
        this.sdk.forget(this);
        this.wake();
    }

    async [Symbol.asyncDispose](): Promise<void> {
        await this.close();
    }

    // Events.

    /** See Sdk.deliver. */
    deliver(event: NewEvent | Payload): Promise<Output[]> {
        return this.sdk.deliver(this, event);
    }

    /** See Sdk.post. */
    post(event: NewEvent | Payload): void {
        this.sdk.post(this, event);
    }

    /** See Sdk.postBatch. */
    postBatch(events: readonly NewEvent[]): number {
        return this.sdk.postBatch(this, events);
    }

    /** See Sdk.postWait. */
    postWait(events: readonly NewEvent[], timeoutMs?: number): Promise<number> {
        return this.sdk.postWait(this, events, timeoutMs);
    }

    /** See Sdk.flush. */
    flush(timeoutMs?: number): Promise<void> {
        return this.sdk.flush(this, timeoutMs);
    }

    // Control.

    /** Takes the oldest control event; null if there is none. */
    tryNextControl(): ControlEvent | null {
        check(calls.net_meshos_try_next_control(this.handle, control.buffer));
        return readControl();
    }

    /**
     * Waits for a control event; without a timeout, without limit. Null after the timeout, and when the SDK or this daemon
     * has ended.
     */
    async nextControl(timeoutMs?: number): Promise<ControlEvent | null> {
        milliseconds('timeoutMs', timeoutMs);
        const end = performance.now() + (timeoutMs ?? Infinity);
        const event = this.tryNextControl();
        if (event) return event;
        for (;;) {
            const left = end - performance.now();
            if (left <= 0 || this.sdk.ended) return null;
            await this.told(Math.min(left, this.side ? LOOK_WHEN_TOLD_MS : LOOK_MS));
            try {
                const found = this.tryNextControl();
                if (found) return found;
            } catch (error) {
                if (error instanceof MeshosError) return null; // the daemon has ended
                throw error;
            }
        }
    }

    /** All control events until the SDK or this daemon has ended. */
    async *controls(): AsyncGenerator<ControlEvent, void, undefined> {
        for (;;) {
            let event: ControlEvent | null;
            try {
                event = await this.nextControl();
            } catch (error) {
                if (error instanceof MeshosError) return; // it has ended since the last one
                throw error;
            }
            if (!event) return;
            yield event;
        }
    }

    /** Waits and blocks this thread, its event loop included: for Worker threads that have nothing else to do, and for
     * daemons without callbacks. */
    nextControlSync(timeoutMs?: number): ControlEvent | null {
        check(calls.net_meshos_next_control(this.handle, milliseconds('timeoutMs', timeoutMs), control.buffer));
        return readControl();
    }

    private told(ms: number): Promise<void> {
        return new Promise((resolve) => {
            const wake = () => {
                clearTimeout(timer);
                this.waiting.delete(wake);
                resolve();
            };
            const timer = setTimeout(wake, Math.ceil(ms));
            this.waiting.add(wake);
        });
    }

    /** @internal */
    wake(): void {
        for (const wake of [...this.waiting]) wake();
    }

    /** Says that the daemon has finished after SHUTDOWN, so that nobody waits for the rest of its grace time. */
    done(): void {
        check(calls.net_meshos_ext_daemon_done(this.handle));
    }

    /** Sends SHUTDOWN, waits for the grace time or until done(), and ends the daemon. It must still be closed. */
    async gracefulShutdown(graceMs = 5000): Promise<void> {
        const failed = await onThread(calls.net_meshos_graceful_shutdown, this.handle, milliseconds('graceMs', graceMs));
        this.wake();
        if (failed) throw failed;
        this.sdk.forget(this);
    }

    // What it tells, and what it shows.

    /** Logs a line. It never waits: an error of kind "queue_full" if there is no room now. */
    log(level: LogLevel, message: string): void {
        const data = text('message', message);
        check(calls.net_meshos_publish_log(this.handle, level, data, message ? data.length : 0));
    }

    /** Says what the daemon can do, in place of what it said before; without tags nothing. */
    publishCapabilities(tags: readonly string[]): void {
        const data = readable(Buffer.from(stringify(tags)));
        check(calls.net_meshos_publish_capabilities(this.handle, data, data.length));
    }

    /** The state of the node as the daemon has seen it last. */
    metadata(): any {
        return parse(takeText(calls.net_meshos_metadata(this.handle), (at) => koffi.decode.string(at)));
    }

    /** The present state of the node. */
    refreshMetadata(): any {
        return parse(takeText(calls.net_meshos_refresh_metadata(this.handle), (at) => koffi.decode.string(at)));
    }
}
