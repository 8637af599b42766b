// Programs that are processes of their own.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DEADLINE } from './parts.js';

export const BUSY = `
    import { Sdk } from 'net-meshos';
    const sdk = Sdk.start({ tick_interval_ms: 1 });
    let processed = 0;
    const daemon = sdk.register('busy', new Uint8Array(32), {
        process(event, emit) { processed++; emit(event.payload); },
        health() { return 0; },
    });
    await sdk.setOutput(() => {});
    await sdk.onLog(() => {});
    daemon.nextControl();
    while (processed < 100) {
        for (let i = 0; i < 50; i++) daemon.post('event');
        await daemon.flush();
    }
    for (let i = 0; i < 50; i++) daemon.post('event');
`;

// Nothing of it keeps the program running.
export const OPEN = BUSY.replace('daemon.nextControl();', '');

export const run = (program) => runNode(['--input-type=module', '-e', program]);

export function runNode(parameters) {
    const found = spawnSync(process.execPath, parameters, {
        cwd: fileURLToPath(new URL('.', import.meta.url)), timeout: DEADLINE, encoding: 'utf8',
    });
    return { status: found.status, stdout: found.stdout, stderr: found.stderr };
}

/** A statement that makes the address of a module of a text, for a Worker of such a program. */
export function moduleOf(name, text) {
    const whole = JSON.stringify(text.replace("'net-meshos'", JSON.stringify(import.meta.resolve('net-meshos'))));
    return `const ${name} = new URL('data:text/javascript,' + encodeURIComponent(${whole}));`;
}
