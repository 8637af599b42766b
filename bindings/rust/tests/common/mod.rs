//! What the tests share.
#![allow(dead_code)]

use net_meshos::{Options, Sdk};
use std::time::{Duration, Instant};

pub fn seed(number: u8) -> [u8; 32] {
    [number; 32]
}

pub fn ticking() -> Sdk {
    Sdk::start(Options { tick_interval_ms: 1, ..Options::default() }).unwrap()
}

pub fn eventually(so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !so() {
        assert!(Instant::now() < end, "it didn't happen");
        std::thread::yield_now();
    }
}
