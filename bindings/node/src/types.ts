// Values that calls take and return. Ids, hashes and sequences are unsigned numbers of 64 bits: bigint.

export type Payload = Uint8Array | string;

/** What a control event tells a daemon. */
export enum ControlKind {
    None = 0,
    /** End within the grace time. */
    Shutdown = 1,
    /** Finish what is queued within the grace time. */
    DrainStart = 2,
    /** The drain is over. */
    DrainFinish = 3,
    /** Slow down by the level. */
    BackpressureOn = 4,
    /** Go on as usual. */
    BackpressureOff = 5,
    /** Newer than this package: ignore it. */
    Unknown = 99,
}

/** What a daemon is told. The kind says which of the others means something; the rest are 0. */
export interface ControlEvent {
    readonly kind: ControlKind;
    /** Milliseconds. */
    readonly gracePeriodMs: number;
    /** 0.0 to 1.0. */
    readonly level: number;
}

export enum LogLevel {
    Trace = 0,
    Debug = 1,
    Info = 2,
    Warn = 3,
    Error = 4,
}

export enum Health {
    Healthy = 0,
    Degraded = 1,
    Unhealthy = 2,
}

/** An event as a daemon gets it. */
export interface Event {
    readonly payload: Buffer;
    /** Who it comes from: a number of the sender's. */
    readonly originHash: bigint;
    /** Which it is: a number of the sender's. */
    readonly sequence: bigint;
}

/** An event to be sent. A string is sent as UTF-8. */
export interface NewEvent {
    readonly payload: Payload;
    readonly originHash?: bigint;
    readonly sequence?: bigint;
}

/** What a daemon emitted. */
export interface Output {
    readonly daemonId: bigint;
    /** Of the event that it processed. */
    readonly inOriginHash: bigint;
    readonly inSequence: bigint;
    /** The output's number, from 1, without gaps, for each daemon. */
    readonly outSequence: bigint;
    readonly payload: Buffer;
}

/** A line of an SDK's log. */
export interface LogRecord {
    /** From 1, without gaps. */
    readonly seq: bigint;
    readonly unixMs: number;
    readonly level: LogLevel;
    /** Who wrote it, or whom it is about; 0n: the supervisor's. */
    readonly daemonId: bigint;
    readonly message: string;
}

/** Adds an output to the event that process handles. It works until process returns. */
export type Emit = (payload: Payload) => void;

export type Process = (event: Event, emit: Emit) => void;

/**
 * A daemon's work. The methods run on the event loop of the thread that registered the daemon, one at a time for a
 * daemon, and must not be async. What a method throws becomes a failure of the event, an error line in the log of the
 * SDK, and the daemon's lastError.
 */
export interface DaemonCallbacks {
    /** Handles an event, and emits any number of outputs. */
    process(event: Event, emit: Emit): void;
    /** The daemon's state; null or undefined: none. */
    snapshot?(): Payload | null | undefined;
    /** Takes back what snapshot gave. */
    restore?(state: Buffer): void;
    /** Hears each control event; it can still be received. */
    onControl?(event: ControlEvent): void;
    /** Is asked every tick. */
    health?(): Health;
    /** Is asked every tick how busy the daemon is, 0.0 to 1.0. */
    saturation?(): number;
}

/** The keys of net_meshos_ext_sdk_start, which net_meshos_ext.h describes. The library checks them. */
export type Config = { readonly [key: string]: ConfigValue };

/** What a key of a configuration may have; an object is a Config, too. */
export type ConfigValue = string | number | bigint | boolean | readonly ConfigValue[] | Config;

/** The arguments of net_meshos_sdk_start. 0 is the default of each. */
export interface StartArguments {
    readonly thisNode?: bigint | number;
    readonly tickIntervalMs?: bigint | number;
    readonly eventQueueCapacity?: bigint | number;
    readonly actionQueueCapacity?: bigint | number;
    readonly controlCapacity?: bigint | number;
}
