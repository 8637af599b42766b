//! Functions of the host's that the library calls until another takes their place.

use crate::failures::{guarded, inside, lock, Failures};
use crate::values::{slice, Level, LogRecord, Output};
use crate::{Failure, Result};
use std::os::raw::{c_char, c_int, c_void};
use std::sync::{Arc, Mutex};

type OutputFn = dyn Fn(Output<'_>) -> std::result::Result<(), Failure> + Send + Sync;
type LogFn = dyn Fn(LogRecord<'_>) -> std::result::Result<(), Failure> + Send + Sync;

pub(crate) struct Follower<F: ?Sized> {
    call: Box<F>,
    kept: Arc<Failures>,
}

/// The function that is set, and those that may still be running.
pub(crate) struct Followers<F: ?Sized> {
    setting: Mutex<()>, // one exchange after the other
    all: Mutex<All<F>>,
    kept: Arc<Failures>,
}

struct All<F: ?Sized> {
    pointers: Vec<*mut Follower<F>>,
    /// A function was exchanged from inside a callback, where the library doesn't wait for the one before: nothing
    /// is freed before the end.
    tangled: bool,
}

// What the pointers lead to is Send and Sync: see the two kinds of F.
unsafe impl<F: ?Sized> Send for All<F> {}

impl<F: ?Sized> Default for Followers<F> {
    fn default() -> Self {
        let all = All { pointers: Vec::new(), tangled: false };
        Followers { setting: Mutex::new(()), all: Mutex::new(all), kept: Arc::default() }
    }
}

impl<F: ?Sized> Followers<F> {
    pub(crate) fn exchange(&self, f: Option<Box<F>>, set: impl FnOnce(*mut c_void) -> Result<()>) -> Result<()> {
        // Nothing may wait here for an exchange that itself waits for this callback.
        if inside() {
            let next = self.keep(f, true);
            return set(next.cast());
        }
        let _one_by_one = lock(&self.setting);
        let next = self.keep(f, false);
        set(next.cast())?;
        let over = {
            let mut all = lock(&self.all);
            if all.tangled {
                return Ok(());
            }
            let keep = if next.is_null() { vec![] } else { vec![next] };
            std::mem::replace(&mut all.pointers, keep)
        };
        for pointer in over.into_iter().filter(|p| *p != next) {
            unsafe { drop(Box::from_raw(pointer)) };
        }
        Ok(())
    }

    fn keep(&self, f: Option<Box<F>>, inside: bool) -> *mut Follower<F> {
        let mut all = lock(&self.all);
        all.tangled |= inside;
        let call = match f {
            Some(call) => call,
            None => return std::ptr::null_mut(),
        };
        let pointer = Box::into_raw(Box::new(Follower { call, kept: self.kept.clone() }));
        all.pointers.push(pointer);
        pointer
    }

    pub(crate) fn last_failure(&self) -> Option<String> {
        self.kept.last()
    }

    /// Frees all, when the library calls none of them any more.
    ///
    /// # Safety
    /// The SDK has ended and nothing of it runs.
    pub(crate) unsafe fn free(&mut self) {
        for pointer in std::mem::take(&mut lock(&self.all).pointers) {
            drop(Box::from_raw(pointer));
        }
    }
}

pub(crate) type Outputs = Followers<OutputFn>;
pub(crate) type Logs = Followers<LogFn>;

pub(crate) unsafe extern "C" fn call_output(
    ctx: *mut c_void,
    daemon_id: u64,
    in_origin_hash: u64,
    in_sequence: u64,
    out_sequence: u64,
    payload: *const u8,
    len: usize,
) {
    let follower = &*ctx.cast::<Follower<OutputFn>>();
    let output = Output { daemon_id, in_origin_hash, in_sequence, out_sequence, payload: slice(payload, len) };
    if let Err(said) = guarded(|| (follower.call)(output)) {
        follower.kept.note("output function", said, false);
    }
}

pub(crate) unsafe extern "C" fn call_log(
    ctx: *mut c_void,
    number: u64,
    unix_ms: u64,
    level: c_int,
    daemon_id: u64,
    message: *const c_char,
    len: usize,
) {
    let follower = &*ctx.cast::<Follower<LogFn>>();
    let message = String::from_utf8_lossy(slice(message.cast(), len));
    let record = LogRecord { number, unix_ms, level: Level::of(level), daemon_id, message: &message };
    if let Err(said) = guarded(|| (follower.call)(record)) {
        follower.kept.note("log function", said, false);
    }
}
