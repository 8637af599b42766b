//! What callbacks return as errors or panic with: kept, logged, and told to the call that runs the callback.

use crate::sys;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Mutex, MutexGuard, PoisonError};

thread_local! {
    /// What a callback said that the innermost call of this thread runs; None: no call wants to know.
    static CAPTURED: RefCell<Option<Option<String>>> = const { RefCell::new(None) };
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Runs a call that may have callbacks run on this thread, and returns what the last one that failed said.
pub(crate) fn capture<T>(call: impl FnOnce() -> T) -> (T, Option<String>) {
    let outer = CAPTURED.with(|c| c.replace(Some(None)));
    let result = call();
    (result, CAPTURED.with(|c| c.replace(outer)).flatten())
}

/// Whether this thread is inside a callback: calls that end something don't wait there.
pub(crate) fn inside() -> bool {
    DEPTH.with(Cell::get) > 0
}

/// Runs a callback: no panic leaves it.
pub(crate) fn guarded<T>(f: impl FnOnce() -> Result<T, crate::Failure>) -> Result<T, String> {
    DEPTH.with(|d| d.set(d.get() + 1));
    let outer = CAPTURED.with(|c| c.replace(None));
    let result = match catch_unwind(AssertUnwindSafe(f)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(failure)) => catch_unwind(AssertUnwindSafe(|| failure.to_string()))
            .map_or_else(|_| Err("an error that panics when it is shown".to_owned()), Err),
        Err(panic) => Err(words(panic)),
    };
    CAPTURED.with(|c| c.replace(outer));
    DEPTH.with(|d| d.set(d.get() - 1));
    result
}

fn words(panic: Box<dyn Any + Send>) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        return format!("panic: {text}");
    }
    if let Some(text) = panic.downcast_ref::<String>() {
        return format!("panic: {text}");
    }
    // Its drop could panic in turn.
    std::mem::forget(panic);
    "panic".to_owned()
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The last failure of a daemon's callbacks. It outlives the daemon: the handle has a share in it.
#[derive(Default)]
pub(crate) struct Failures(Mutex<Kept>);

struct Kept {
    text: Option<String>,
    handle: *mut sys::NetMeshOsHandle,
}

impl Default for Kept {
    fn default() -> Kept {
        Kept { text: None, handle: std::ptr::null_mut() }
    }
}

// The handle may be used on any thread.
unsafe impl Send for Kept {}

impl Failures {
    /// Keeps what a callback said, and logs it if it is new. tell: the call that runs it on this thread hears of it.
    pub(crate) fn note(&self, callback: &str, said: String, tell: bool) {
        let text = format!("{callback}: {said}");
        if tell {
            CAPTURED.with(|c| {
                if let Some(captured) = c.borrow_mut().as_mut() {
                    *captured = Some(said);
                }
            });
        }
        let mut kept = lock(&self.0);
        if kept.text.as_ref() != Some(&text) {
            kept.text = Some(text);
            kept.log();
        }
    }

    pub(crate) fn last(&self) -> Option<String> {
        lock(&self.0).text.clone()
    }

    /// From now on failures are logged; before the registration has returned there is no handle to do that with.
    pub(crate) fn log_with(&self, handle: *mut sys::NetMeshOsHandle) {
        let mut kept = lock(&self.0);
        kept.handle = handle;
        kept.log();
    }
}

impl Kept {
    fn log(&self) {
        if let (Some(text), false) = (&self.text, self.handle.is_null()) {
            unsafe { sys::net_meshos_publish_log(self.handle, 4, text.as_ptr().cast(), text.len()) };
        }
    }
}
