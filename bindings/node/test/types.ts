// What a TypeScript user writes. Each line that begins with WRONG must be refused without it.
import { type ControlEvent, type DaemonCallbacks, type Emit, type Event, Health, LogLevel, type Output, Sdk } from 'net-meshos';

class Echo implements DaemonCallbacks {
    process(event: Event, emit: Emit): void {
        emit(event.payload.toString('utf8') + String(event.sequence + 1n));
    }
    snapshot(): Uint8Array {
        return new Uint8Array(1);
    }
    health(): Health {
        return Health.Healthy;
    }
    onControl(event: ControlEvent): void {
        event.gracePeriodMs.toFixed();
    }
}

async function main(): Promise<bigint> {
    const sdk = Sdk.start({ tick_interval_ms: 5n, on_process_failure: 'skip' });
    const daemon = sdk.register('echo', new Uint8Array(32), new Echo());
    const outputs: Output[] = await daemon.deliver({ payload: 'x', sequence: 1n });
    daemon.log(LogLevel.Info, 'hello');
    for await (const event of daemon.controls()) if (event.kind === 1) break;
    Sdk.start({ mesh: { servers: ['nats://127.0.0.1:4222'], lease_ms: 1000, events: 'direct' }, state_dir: '' });
    // WRONG: Sdk.start({ mesh: { servers: () => [] } });
    // WRONG: sdk.register('echo', 'a seed');
    // WRONG: daemon.post({ payload: 'x', sequence: 'one' });
    // WRONG: const id: number = daemon.id;
    // WRONG: sdk.register('async', new Uint8Array(32), { process: 5 });
    await sdk.close();
    return outputs[0]!.outSequence + daemon.id;
}

void main();
