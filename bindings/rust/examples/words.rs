//! Counts the words of the lines that it is given.

use net_meshos::{Daemon, Emitter, Event, Failure, Options, Sdk, StateEmitter, Stateful};
use std::time::Duration;

struct Words {
    count: usize,
}

impl Daemon for Words {
    fn process(&mut self, event: &Event<'_>, out: &Emitter<'_>) -> Result<(), Failure> {
        let line = std::str::from_utf8(event.payload())?;
        if line.is_empty() {
            return Err("an empty line".into());
        }
        self.count += line.split_whitespace().count();
        out.emit(format!("{} words so far", self.count));
        Ok(())
    }
}

impl Stateful for Words {
    fn snapshot(&mut self, out: &StateEmitter<'_>) -> Result<(), Failure> {
        out.emit(self.count.to_string());
        Ok(())
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), Failure> {
        self.count = std::str::from_utf8(state)?.parse()?;
        Ok(())
    }
}

fn main() -> Result<(), net_meshos::Error> {
    let sdk = Sdk::start(Options::default())?;
    let mut seed = [0; 32]; // yours: 32 secret random bytes, kept
    seed[0] = 1;
    let daemon = sdk.daemon("words", &seed, Words { count: 0 }).stateful().register()?;
    sdk.restore(daemon.id(), b"100")?;
    sdk.set_output(|output| {
        println!("{}", String::from_utf8_lossy(output.payload));
        Ok(())
    })?;

    sdk.post(daemon.id(), "to be or not to be")?;
    sdk.post(daemon.id(), "that is the question")?;
    sdk.flush(daemon.id())?;
    if let Err(error) = sdk.deliver(daemon.id(), "") {
        println!("{error}");
    }
    println!("state: {}", String::from_utf8_lossy(&sdk.snapshot(daemon.id())?));

    daemon.graceful_shutdown(Duration::from_millis(10))?;
    sdk.shutdown()
}
