//! A Rust host, linked (`--cfg linked`) or with dlopen: threads, panics caught within callbacks, thread-locals
//! that call when they are dropped, and Rust's own report of a stack overflow, which must survive the library.
//! `main overflow main|thread` overflows a stack on purpose; `main` starts itself so and reads what was said.

mod meshos;

use meshos::{Daemon, Library, Sdk};
use std::cell::RefCell;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

const THREADS: usize = 8;
const ROUNDS: usize = 100;
static FAREWELLS: AtomicUsize = AtomicUsize::new(0);

/// Processes one last event when its thread ends.
struct Farewell(Sdk, u8);

impl Drop for Farewell {
    fn drop(&mut self) {
        let daemon = self.0.register(self.1, |payload| payload.to_vec()).expect("registers in a destructor");
        assert_eq!(daemon.deliver(b"bye").expect("delivers in a destructor"), vec![b"bye".to_vec()]);
        FAREWELLS.fetch_add(1, Ordering::SeqCst);
    }
}

thread_local!(static FAREWELL: RefCell<Option<Farewell>> = const { RefCell::new(None) });

fn live(sdk: &Sdk, number: u8) {
    FAREWELL.with(|slot| *slot.borrow_mut() = Some(Farewell(sdk.clone(), 100 + number)));
    for round in 0..ROUNDS {
        let daemon: Daemon = sdk
            .register(number, move |payload| {
                if payload == b"panic" {
                    panic!("on purpose");
                }
                payload.to_vec()
            })
            .expect("registers");
        assert_eq!(daemon.deliver(b"hello").expect("delivers"), vec![b"hello".to_vec()]);
        if round % 10 == 0 {
            assert_eq!(daemon.deliver(b"panic").expect_err("a panic is a failure"), "process_failed");
        }
        daemon.post(&[b"one", b"two"]).expect("posts");
        daemon.flush().expect("flushes");
    }
}

#[inline(never)]
fn recurse(depth: u64) -> u64 {
    let page = [depth as u8; 512];
    if depth == u64::MAX {
        return 0;
    }
    // Read like that, so that the page has to be there.
    recurse(depth + 1) + unsafe { std::ptr::read_volatile(&page[17]) } as u64
}

fn overflow(sdk: &Sdk, place: &str) {
    live(sdk, 1);
    if place == "main" {
        println!("{}", recurse(0));
    } else {
        let sdk = sdk.clone();
        let thread = std::thread::Builder::new().name("deep".into());
        let run = move || {
            live(&sdk, 2);
            println!("{}", recurse(0))
        };
        thread.spawn(run).unwrap().join().unwrap();
    }
}

/// What the overflow of a stack looks like from outside: the words, and death by SIGABRT.
fn overflow_is_reported(library: &str, place: &str) {
    let this = std::env::current_exe().unwrap();
    let child = Command::new(this).args([library, "overflow", place]).stdout(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&child.stderr);
    assert!(said.contains("has overflowed its stack"), "{place}: {:?}: {said}", child.status);
    assert_eq!(child.status.signal(), Some(6), "{place}: {said}");
}

fn main() {
    // Panics on purpose are not worth a word each.
    std::panic::set_hook(Box::new(|info| {
        if info.payload().downcast_ref::<&str>() != Some(&"on purpose") {
            eprintln!("{info}");
        }
    }));
    let arguments: Vec<String> = std::env::args().collect();
    let library = Arc::new(Library::open(&arguments[1]));
    let sdk = Sdk::start(library).expect("an SDK starts");
    if arguments.get(2).map(String::as_str) == Some("overflow") {
        return overflow(&sdk, &arguments[3]);
    }

    let threads: Vec<_> = (0..THREADS as u8)
        .map(|number| {
            let sdk = sdk.clone();
            std::thread::spawn(move || live(&sdk, number))
        })
        .collect();
    for thread in threads {
        thread.join().expect("no thread panics");
    }
    assert_eq!(FAREWELLS.load(Ordering::SeqCst), THREADS);
    sdk.shutdown().expect("shuts down");
    for place in ["main", "thread"] {
        overflow_is_reported(&arguments[1], place);
    }
}
