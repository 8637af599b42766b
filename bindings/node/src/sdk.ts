import koffi from 'koffi';
import { callable, milliseconds, readable, seed as seedOf, text, u64, MAX } from './arguments.js';
import { DaemonSide, drop, isFreed, isStarted, keep, trampolines } from './bridge.js';
import { bytes } from './arguments.js';
import { bytesAt, calls } from './calls.js';
import { Daemon } from './daemon.js';
import { begins, ends } from './end.js';
import { check, lastError, MeshosError, takeText } from './errors.js';
import { parse, stringify } from './json.js';
import { out, writeEvents } from './memory.js';
import {
    Config,
    DaemonCallbacks,
    LogLevel,
    LogRecord,
    NewEvent,
    Output,
    Payload,
    Process,
    StartArguments,
} from './types.js';
import { onThread } from './turns.js';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'];

/** Keeps those that nobody closes, and with each its daemons. */
const open = new Set<Sdk>();

function eventOf(event: NewEvent | Payload): NewEvent {
    return typeof event === 'string' || event instanceof Uint8Array ? { payload: event } : event;
}

/**
 * An SDK: what daemons are registered with. It runs until it is closed, whether this object is kept or not. Methods that
 * wait return promises. A daemon is named by its object or its id.
 */
export class Sdk {
    /** @internal */
    ended = false;
    private readonly daemons = new Map<bigint, Daemon>();
    private readonly set = { output: 0, log: 0 };
    private setting: Promise<unknown> = Promise.resolve();

    private constructor(private readonly handle: bigint) {
        open.add(this);
        isStarted(handle);
        begins(handle, () => this.end());
    }

    /** Starts an SDK. */
    static start(config: Config = {}): Sdk {
        const data = Buffer.from(stringify(config));
        const handle = out();
        check(calls.net_meshos_ext_sdk_start(data, data.length, handle.buffer));
        return new Sdk(handle.at());
    }

    /** Starts an SDK with the arguments of net_meshos_sdk_start. The rest of its configuration may come from the file
     * that NET_MESHOS_CONFIG names. */
    static startWith(start: StartArguments = {}): Sdk {
        const handle = out();
        check(
            calls.net_meshos_sdk_start(
                u64('thisNode', start.thisNode ?? 0),
                u64('tickIntervalMs', start.tickIntervalMs ?? 0),
                u64('eventQueueCapacity', start.eventQueueCapacity ?? 0),
                u64('actionQueueCapacity', start.actionQueueCapacity ?? 0),
                u64('controlCapacity', start.controlCapacity ?? 0),
                handle.buffer,
            ),
        );
        return new Sdk(handle.at());
    }

    /** Stops the SDK. Resolves when no callback of its daemons runs or will run. It must still be closed. */
    async shutdown(): Promise<void> {
        const failed = await onThread(calls.net_meshos_sdk_shutdown, this.handle);
        this.end();
        if (failed) throw failed;
    }

    /** Shuts the SDK down, if that has not been done, and frees it. Its daemons get no more events and can still be asked
     * for their metadata. Closing twice does nothing. */
    async close(): Promise<void> {
        const failed = await onThread(calls.net_meshos_sdk_shutdown, this.handle);
        await onThread(calls.net_meshos_sdk_free, this.handle);
        this.end();
        isFreed(this.handle);
        this.daemons.clear();
        drop(this.set.output);
        drop(this.set.log);
        open.delete(this);
        if (failed?.status === -2) throw failed;
    }

    async [Symbol.asyncDispose](): Promise<void> {
        await this.close();
    }

    private end(): void {
        this.ended = true;
        ends(this.handle);
        for (const daemon of this.daemons.values()) daemon.wake();
    }

    // Daemons.

    /**
     * Registers a daemon. The seed are the 32 secret bytes that give it its id: make them once with newSeed(), and keep
     * them. Without callbacks, the daemon's work is done elsewhere.
     */
    register(name: string, seed: Uint8Array, callbacks?: DaemonCallbacks | Process): Daemon {
        const data = text('name', name);
        const length = name ? data.length : 0;
        const secret = seedOf(seed);
        const handle = out();
        let side: DaemonSide | undefined;
        if (callbacks === undefined) {
            check(calls.net_meshos_register_daemon(this.handle, data, length, secret, handle.buffer));
        } else {
            side = new DaemonSide(name, callbacks);
            const status = calls.net_meshos_register_daemon_with_vtable_v2(
                this.handle, data, length, secret, side.table(), side.number, trampolines.destroy, handle.buffer,
            );
            if (status) {
                side.gone();
                throw lastError(status);
            }
            side.registered(handle.at());
        }
        const daemon = new Daemon(this, handle.at(), side);
        this.daemons.set(daemon.id, daemon);
        return daemon;
    }

    /** @internal */
    forget(daemon: Daemon): void {
        if (this.daemons.get(daemon.id) === daemon) this.daemons.delete(daemon.id);
    }

    private idOf(daemon: Daemon | bigint): bigint {
        return daemon instanceof Daemon ? daemon.id : u64('daemon', daemon);
    }

    // Events.

    /** Has a daemon process an event, after those posted before, and resolves to what it emitted. */
    async deliver(daemon: Daemon | bigint, event: NewEvent | Payload): Promise<Output[]> {
        const id = this.idOf(daemon);
        const given = eventOf(event);
        const memory = writeEvents([given], true);
        const outputs: Output[] = [];
        const number = keep((output: Output) => void outputs.push(output));
        const side = this.daemons.get(id)?.side;
        const before = side?.failures.get('process');
        const failed = await onThread(
            calls.net_meshos_ext_deliver, this.handle, id, memory, trampolines.output, BigInt(number),
        ).finally(() => drop(number));
        if (!failed) return outputs;
        const failure = side?.failures.get('process');
        const ours =
            failure !== undefined && failure !== before &&
            failure.origin === (given.originHash ?? 0n) && failure.sequence === (given.sequence ?? 0n);
        throw failed.kind === 'process_failed' && ours ? failed.because('process', failure.error) : failed;
    }

    /** Puts an event into a daemon's inbox. An error of kind "queue_full" if there is no room. */
    post(daemon: Daemon | bigint, event: NewEvent | Payload): void {
        check(calls.net_meshos_ext_post(this.handle, this.idOf(daemon), writeEvents([eventOf(event)]), 1, null));
    }

    /** Puts events into a daemon's inbox, faster than one by one, and returns how many. If there is not room for all, an
     * error of kind "queue_full", whose accepted says how many were taken. */
    postBatch(daemon: Daemon | bigint, events: readonly NewEvent[]): number {
        const accepted = out();
        const memory = writeEvents(events);
        const status = calls.net_meshos_ext_post(this.handle, this.idOf(daemon), memory, events.length, accepted.buffer);
        if (status) {
            const error = lastError(status);
            error.accepted = Number(accepted.at());
            throw error;
        }
        return events.length;
    }

    /** Puts events into a daemon's inbox as room is made for them, and resolves to how many; without a timeout, without
     * limit. If there is not room for all in time, an error of kind "queue_full", whose accepted says how many were taken. */
    async postWait(daemon: Daemon | bigint, events: readonly NewEvent[], timeoutMs?: number): Promise<number> {
        const id = this.idOf(daemon);
        const accepted = out();
        const memory = writeEvents(events, true);
        const failed = await onThread(
            calls.net_meshos_ext_post_wait, this.handle, id, memory, events.length,
            milliseconds('timeoutMs', timeoutMs), accepted.buffer,
        );
        if (failed) {
            failed.accepted = Number(accepted.at());
            throw failed;
        }
        return events.length;
    }

    /** Waits until the inbox of a daemon, or of all, is empty and no callback runs; without a timeout, without limit. An
     * error of kind "timeout" if that did not happen in time. */
    async flush(daemon?: Daemon | bigint, timeoutMs?: number): Promise<void> {
        const id = daemon === undefined ? 0n : this.idOf(daemon);
        const failed = await onThread(calls.net_meshos_ext_flush, this.handle, id, milliseconds('timeoutMs', timeoutMs));
        if (failed) throw failed;
    }

    /** Sends the outputs of all daemons to a function; null: to none. Once it resolves, the function that was set before
     * is not called any more. What the function throws becomes a warning of the process. */
    setOutput(body: ((output: Output) => void) | null): Promise<void> {
        return this.replace('output', body, (number) =>
            onThread(calls.net_meshos_ext_set_output, this.handle, number ? trampolines.output : 0n, BigInt(number)),
        );
    }

    /** Sends the log lines of a level and above that come from now on to a function, as setOutput does with outputs. */
    onLog(body: ((record: LogRecord) => void) | null, least = LogLevel.Trace): Promise<void> {
        return this.replace('log', body, (number) =>
            onThread(calls.net_meshos_ext_on_log, this.handle, least, number ? trampolines.log : 0n, BigInt(number)),
        );
    }

    private replace(
        what: 'output' | 'log', body: ((value: any) => void) | null, call: (number: number) => Promise<MeshosError | undefined>,
    ): Promise<void> {
        if (body !== null) callable(what, body);
        const step = this.setting.then(async () => {
            const number = body === null ? 0 : keep(body);
            const failed = await call(number);
            drop(failed ? number : this.set[what]);
            if (failed) throw failed;
            this.set[what] = number;
        });
        this.setting = step.catch(() => undefined);
        return step;
    }

    /** Sends the outputs of one daemon to another as events. */
    subscribe(source: Daemon | bigint, target: Daemon | bigint): void {
        check(calls.net_meshos_ext_subscribe(this.handle, this.idOf(source), this.idOf(target)));
    }

    unsubscribe(source: Daemon | bigint, target: Daemon | bigint): void {
        check(calls.net_meshos_ext_unsubscribe(this.handle, this.idOf(source), this.idOf(target)));
    }

    // State.

    /** A daemon's state, taken between two events; null if it gave none. */
    async snapshot(daemon: Daemon | bigint): Promise<Buffer | null> {
        const id = this.idOf(daemon);
        const [state, length] = [out(), out()];
        const side = this.daemons.get(id)?.side;
        const before = side?.failures.get('snapshot');
        const failed = await onThread(calls.net_meshos_ext_snapshot, this.handle, id, state.buffer, length.buffer);
        if (failed) throw failed;
        if (state.at()) {
            const copy = bytesAt(state.at(), length.at());
            calls.net_meshos_ext_free_bytes(state.at(), length.at());
            return copy;
        }
        const failure = side?.failures.get('snapshot');
        if (failure && failure !== before) {
            throw new MeshosError('callback_failed', `snapshot threw ${String(failure.error)}`, -2, {
                cause: failure.error,
            });
        }
        return null;
    }

    /** Gives a daemon its state back, between two events. */
    async restore(daemon: Daemon | bigint, state: Payload): Promise<void> {
        const id = this.idOf(daemon);
        const data = Buffer.from(bytes('state', state));
        const side = this.daemons.get(id)?.side;
        const before = side?.failures.get('restore');
        const failed = await onThread(calls.net_meshos_ext_restore, this.handle, id, readable(data), data.length);
        if (!failed) return;
        const failure = side?.failures.get('restore');
        throw failed.kind === 'restore_failed' && failure && failure !== before ? failed.because('restore', failure.error) : failed;
    }

    // Control.

    /** Starts a drain; without a time, as long as the configuration says. */
    enterMaintenance(drainMs?: number): void {
        const limit = drainMs === undefined ? 0n : milliseconds('drainMs', drainMs);
        check(calls.net_meshos_ext_enter_maintenance(this.handle, limit));
    }

    exitMaintenance(): void {
        check(calls.net_meshos_ext_exit_maintenance(this.handle));
    }

    /** Stops a daemon within a time; it stays registered and can be restarted. */
    async stop(daemon: Daemon | bigint, graceMs = 5000): Promise<void> {
        const id = this.idOf(daemon);
        const failed = await onThread(calls.net_meshos_ext_stop_daemon, this.handle, id, milliseconds('graceMs', graceMs));
        if (failed) throw failed;
    }

    /** Restarts a daemon that was stopped, or releases one that is held after failures. */
    restart(daemon: Daemon | bigint): void {
        check(calls.net_meshos_ext_restart_daemon(this.handle, this.idOf(daemon)));
    }

    /** How many control events didn't fit into the channels of the daemons that are registered now. */
    get droppedControlEvents(): bigint {
        const count = BigInt(calls.net_meshos_sdk_dropped_control_events(this.handle));
        if (count === MAX) throw new MeshosError('already_shutdown', 'the SDK has been shut down', -4);
        return count;
    }

    // Looking.

    /** The log lines with numbers above `after`, oldest first, at most `max` of them (0: all that are kept). */
    logs(after: bigint | number = 0, max = 0): LogRecord[] {
        const text = takeText(calls.net_meshos_ext_logs_json(this.handle, u64('after', after), u64('max', max)), decode);
        return (parse(text) as any[]).map((line) => ({
            seq: line.seq,
            unixMs: line.unix_ms,
            level: LEVELS.indexOf(line.level),
            daemonId: line.daemon_id,
            message: line.message,
        }));
    }

    /** The state of the SDK and its daemons, with the keys of runtime_json. Ids are bigints. */
    runtime(): any {
        return parse(takeText(calls.net_meshos_ext_runtime_json(this.handle), decode));
    }

    /** What runtime() shows, as OpenMetrics text for an endpoint that Prometheus reads. */
    metrics(): string {
        return takeText(calls.net_meshos_ext_metrics(this.handle), decode);
    }

    /** One daemon as runtime() shows it. */
    daemonRuntime(daemon: Daemon | bigint): any {
        return parse(takeText(calls.net_meshos_ext_daemon_json(this.handle, this.idOf(daemon)), decode));
    }
}

function decode(address: bigint): string {
    return koffi.decode.string(address);
}
