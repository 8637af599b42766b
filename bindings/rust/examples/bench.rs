//! What calls cost from Rust. Prints "name value unit" lines.

use net_meshos::{Error, Event, Options, Sdk};
use std::sync::mpsc;
use std::time::Instant;

const EVENTS: u64 = 50_000; // fewer than an inbox holds
const BATCH: u64 = 256;
const CALLS: u64 = 200_000;
const ROUNDS: usize = 20;

/// Seconds of the fastest round.
fn best(
    prepare: impl Fn() -> Result<(), Error>,
    run: impl Fn() -> Result<(), Error>,
    after: impl Fn() -> Result<(), Error>,
) -> Result<f64, Error> {
    let mut least = f64::MAX;
    for _ in 0..ROUNDS {
        prepare()?;
        let begin = Instant::now();
        run()?;
        least = least.min(begin.elapsed().as_secs_f64());
        after()?;
    }
    Ok(least)
}

fn main() -> Result<(), Error> {
    let sdk = Sdk::start(Options::default())?;
    // The first event of a round is held while the posts are timed, so that nothing else uses the processors.
    let ((enter, entered), (release, gate)) = (mpsc::channel(), mpsc::channel::<()>());
    let daemon = sdk.register_fn("bench", &[1; 32], move |event, _| {
        if event.origin_hash() == 0 {
            enter.send(())?;
            gate.recv()?;
        }
        Ok(())
    })?;
    let id = daemon.id();
    let event = |sequence| Event::new(b"sixteen bytes ok").with_origin(1).with_sequence(sequence);
    let close = || {
        sdk.post(id, b"first")?;
        entered.recv().expect("the daemon lives");
        Ok(())
    };
    let open = || {
        release.send(()).expect("the daemon lives");
        sdk.flush(id)
    };
    let single = best(close, || (0..EVENTS).try_for_each(|i| sdk.post(id, event(i))), open)?;
    let in_batches = || {
        let mut batch = [event(0); BATCH as usize];
        for first in (0..EVENTS / BATCH).map(|b| b * BATCH) {
            for (i, e) in (first..).zip(&mut batch) {
                *e = event(i);
            }
            assert_eq!(sdk.post_batch(id, &batch)?, batch.len());
        }
        Ok(())
    };
    let batches = best(close, in_batches, open)?;
    let receive = || (0..CALLS).try_for_each(|_| daemon.try_next_control().map(drop));
    let control = best(|| Ok(()), receive, || Ok(()))?;
    println!("post {:.0} events/s", EVENTS as f64 / single);
    println!("post_batch_{BATCH} {:.0} events/s", (EVENTS / BATCH * BATCH) as f64 / batches);
    println!("try_next_control {:.1} ns", control / CALLS as f64 * 1e9);
    Ok(())
}
