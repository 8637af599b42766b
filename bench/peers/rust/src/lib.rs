//! What the programs of all peers that are written in Rust share: events, checks and figures.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How many events may wait for one daemon, where the peer has bounds.
pub const INBOX: usize = 65_536;

/// What a daemon gets: 64 bytes, of which the first eight are its number.
#[derive(Clone, Copy, Default)]
pub struct Event {
    pub number: u64,
    _rest: [u64; 7],
}

impl Event {
    pub fn new(number: usize) -> Self {
        Event { number: number as u64, _rest: [0; 7] }
    }
}

/// Counts the events of one daemon and adds up their numbers.
#[derive(Clone, Copy, Default)]
pub struct Counter {
    pub events: u64,
    pub sum: u64,
}

impl Counter {
    pub fn take(&mut self, event: &Event) {
        self.events += 1;
        self.sum += event.number;
    }

    /// Ends the run unless these were the events 0 to n-1.
    pub fn check(&self, n: usize) {
        let n = n as u64;
        if self.events != n || self.sum != n * n.saturating_sub(1) / 2 {
            fail(&format!(
                "{n} events were sent; {} were processed, and their numbers add up to {}",
                self.events, self.sum
            ));
        }
    }
}

static QUICK: OnceLock<bool> = OnceLock::new();

/// The case that the program's arguments name: PROGRAM CASE full|quick. For CASE "cases" it prints which there are.
pub fn chosen_case(cases: &[&str]) -> Option<String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [case, much] = &arguments[..] else { fail("usage: PROGRAM CASE full|quick") };
    let _ = QUICK.set(much == "quick");
    if case == "cases" {
        println!("{}", cases.join("\n"));
        return None;
    }
    if !cases.contains(&case.as_str()) {
        fail(&format!("there is no case '{case}'"));
    }
    // Daemons that fail panic, and say nothing.
    std::panic::set_hook(Box::new(|_| ()));
    Some(case.clone())
}

/// How much of something a run does.
pub fn amount(full: usize, in_a_quick_run: usize) -> usize {
    if *QUICK.get().expect("the case is chosen first") { in_a_quick_run } else { full }
}

pub fn report(figure: &str, value: f64) {
    println!("{figure} {value:.3}");
}

/// Reports how many millions of n were done in a second.
pub fn rate(figure: &str, n: usize, began: Instant) {
    report(figure, n as f64 / began.elapsed().as_nanos() as f64 * 1e3);
}

/// Reports the microseconds that each of n has taken.
pub fn each(figure: &str, n: usize, began: Instant) {
    report(figure, began.elapsed().as_nanos() as f64 / 1e3 / n as f64);
}

/// Reports the microseconds below which a share of the durations are.
pub fn percentile(figure: &str, took: &mut [Duration], share: f64) {
    took.sort_unstable();
    report(figure, took[((took.len() - 1) as f64 * share) as usize].as_nanos() as f64 / 1e3);
}

/// How many bytes of the process are in memory.
pub fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    match text.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok()) {
        Some(pages) => pages * 4096.0,
        None => fail("/proc/self/statm can't be read"),
    }
}

/// A runtime with a worker for each processor. The host's thread is none of them.
pub fn runtime() -> tokio::runtime::Runtime {
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(why) => fail(&format!("no runtime: {why}")),
    }
}

/// Ends the run.
pub fn fail(why: &str) -> ! {
    eprintln!("{why}");
    std::process::exit(1);
}
