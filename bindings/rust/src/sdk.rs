//! The SDK.

use crate::error::{check, take_text, text};
use crate::failures::{capture, guarded, inside};
use crate::followers::{call_log, call_output, Logs, Outputs};
use crate::register::{Registration, SEED_LEN};
use crate::values::{grace, limit, slice, Event, Level, LogRecord, Output, State};
use crate::{sys, Daemon, Error, Failure, Handle, Kind, Result};
use std::os::raw::{c_int, c_void};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Duration;

/// What [`Sdk::start`] takes; 0 is the default of each.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct Options {
    pub this_node: u64,
    pub tick_interval_ms: u64,
    pub event_queue_capacity: usize,
    pub action_queue_capacity: usize,
    pub control_capacity: usize,
}

/// A running SDK. Clones are the same SDK. It is shut down and freed with the last clone and handle, or ended by
/// [`shutdown`](Sdk::shutdown) before.
#[derive(Clone)]
pub struct Sdk {
    pub(crate) core: Arc<Core>,
}

pub(crate) struct Core {
    raw: *mut sys::NetMeshOsSdk,
    outputs: Outputs,
    logs: Logs,
    /// A shutdown didn't wait for everything.
    overdue: AtomicBool,
}

// Every call may be made from many threads at once.
unsafe impl Send for Core {}
unsafe impl Sync for Core {}

impl Drop for Core {
    fn drop(&mut self) {
        // Unlike sdk_free it says whether everything has returned.
        let late = unsafe { sys::net_meshos_sdk_shutdown(self.raw) } == sys::NET_MESHOS_ERR_CALL_FAILED;
        unsafe { sys::net_meshos_sdk_free(self.raw) };
        // What may still be running is left in memory.
        if !late && !self.overdue.load(Ordering::Relaxed) && !inside() {
            unsafe {
                self.outputs.free();
                self.logs.free();
            }
        }
    }
}

/// The version of the library.
pub fn version() -> String {
    text(unsafe { sys::net_meshos_ext_version() }).unwrap_or_default()
}

impl Sdk {
    /// Starts an SDK.
    pub fn start(options: Options) -> Result<Sdk> {
        let o = options;
        Sdk::own(|out| unsafe {
            sys::net_meshos_sdk_start(
                o.this_node,
                o.tick_interval_ms,
                o.event_queue_capacity,
                o.action_queue_capacity,
                o.control_capacity,
                out,
            )
        })
    }

    /// Starts an SDK that is configured by a JSON object, with the keys that `net_meshos_ext.h` lists.
    pub fn with_config(json: &str) -> Result<Sdk> {
        let text = if json.is_empty() { std::ptr::null() } else { json.as_ptr() };
        Sdk::own(|out| unsafe { sys::net_meshos_ext_sdk_start(text.cast(), json.len(), out) })
    }

    fn own(start: impl FnOnce(*mut *mut sys::NetMeshOsSdk) -> c_int) -> Result<Sdk> {
        let mut raw = std::ptr::null_mut();
        check(start(&mut raw))?;
        let overdue = AtomicBool::new(false);
        Ok(Sdk { core: Arc::new(Core { raw, outputs: Outputs::default(), logs: Logs::default(), overdue }) })
    }

    /// The C handle, for calls of your own.
    pub fn as_raw(&self) -> *mut sys::NetMeshOsSdk {
        self.core.raw
    }

    /// Ends the SDK. When it returns no callback of its daemons runs, but for the one that it may be called from.
    pub fn shutdown(&self) -> Result<()> {
        let status = unsafe { sys::net_meshos_sdk_shutdown(self.as_raw()) };
        if status == sys::NET_MESHOS_ERR_CALL_FAILED {
            self.core.overdue.store(true, Ordering::Relaxed);
        }
        check(status)
    }

    /// How many control events didn't fit into a daemon's mailbox. None after the shutdown.
    pub fn dropped_control_events(&self) -> Option<u64> {
        let n = unsafe { sys::net_meshos_sdk_dropped_control_events(self.as_raw()) };
        if n == u64::MAX {
            None
        } else {
            Some(n)
        }
    }

    /// Prepares a registration: say which traits the daemon has, then call `register`.
    pub fn daemon<'a, D: Daemon>(&'a self, name: &'a str, seed: &'a [u8; SEED_LEN], daemon: D) -> Registration<'a, D> {
        Registration::new(self, name, seed, daemon)
    }

    /// Registers a daemon that only processes events, or a closure that does.
    pub fn register<D: Daemon>(&self, name: &str, seed: &[u8; SEED_LEN], daemon: D) -> Result<Handle> {
        self.daemon(name, seed, daemon).register()
    }

    /// Registers a closure that processes events: the same as `register`, with the types of its arguments given.
    pub fn register_fn<F>(&self, name: &str, seed: &[u8; SEED_LEN], process: F) -> Result<Handle>
    where
        F: FnMut(&Event<'_>, &crate::Emitter<'_>) -> std::result::Result<(), Failure> + Send + 'static,
    {
        self.register(name, seed, process)
    }

    /// Registers a daemon without callbacks, for a host that does its work itself.
    pub fn register_plain(&self, name: &str, seed: &[u8; SEED_LEN]) -> Result<Handle> {
        let mut raw = std::ptr::null_mut();
        check(unsafe {
            sys::net_meshos_register_daemon(self.as_raw(), name.as_ptr().cast(), name.len(), seed.as_ptr(), &mut raw)
        })?;
        Ok(Handle::new(raw, None, self.core.clone()))
    }

    /// Has a daemon process an event on this thread, and gives each output to a closure. A panic of the closure goes
    /// on here after the call.
    pub fn deliver_with<'e>(
        &self,
        daemon_id: u64,
        event: impl Into<Event<'e>>,
        mut f: impl FnMut(Output<'_>),
    ) -> Result<()> {
        let event = event.into();
        let mut context = Delivery { f: &mut f, panic: None };
        let (status, said) = capture(|| unsafe {
            let ctx: *mut Delivery<'_> = &mut context;
            sys::net_meshos_ext_deliver(self.as_raw(), daemon_id, raw(&event), Some(deliver_output), ctx.cast())
        });
        if let Some(panic) = context.panic {
            std::panic::resume_unwind(panic);
        }
        check(status).map_err(|e| e.with(said))
    }

    /// The same, and returns copies of the outputs' payloads.
    pub fn deliver<'e>(&self, daemon_id: u64, event: impl Into<Event<'e>>) -> Result<Vec<Vec<u8>>> {
        let mut outputs = Vec::new();
        self.deliver_with(daemon_id, event, |output| outputs.push(output.payload.to_vec()))?;
        Ok(outputs)
    }

    /// Puts an event into a daemon's inbox. A full one is an error of kind `QueueFull`.
    pub fn post<'e>(&self, daemon_id: u64, event: impl Into<Event<'e>>) -> Result<()> {
        let event = event.into();
        check(unsafe { sys::net_meshos_ext_post(self.as_raw(), daemon_id, raw(&event), 1, std::ptr::null_mut()) })
    }

    /// Puts events into a daemon's inbox until it is full, and returns how many: the others may be posted again.
    pub fn post_batch(&self, daemon_id: u64, events: &[Event<'_>]) -> Result<usize> {
        let mut accepted = 0;
        let first = events.as_ptr().cast();
        let result =
            check(unsafe { sys::net_meshos_ext_post(self.as_raw(), daemon_id, first, events.len(), &mut accepted) });
        partial(result, accepted)
    }

    /// Puts events into a daemon's inbox, waiting for room.
    pub fn post_wait(&self, daemon_id: u64, events: &[Event<'_>]) -> Result<()> {
        self.post_within(daemon_id, events, 0).map(drop)
    }

    /// The same, for this long at most, and returns how many: fewer than all when the time is over.
    pub fn post_wait_timeout(&self, daemon_id: u64, events: &[Event<'_>], timeout: Duration) -> Result<usize> {
        self.post_within(daemon_id, events, limit(timeout))
    }

    fn post_within(&self, daemon_id: u64, events: &[Event<'_>], timeout_ms: u64) -> Result<usize> {
        let (first, n, mut accepted) = (events.as_ptr().cast(), events.len(), 0);
        let result = check(unsafe {
            sys::net_meshos_ext_post_wait(self.as_raw(), daemon_id, first, n, timeout_ms, &mut accepted)
        });
        partial(result, accepted)
    }

    /// Waits until a daemon has nothing to do.
    pub fn flush(&self, daemon_id: u64) -> Result<()> {
        check(unsafe { sys::net_meshos_ext_flush(self.as_raw(), daemon_id, 0) })
    }

    /// The same, with a limit; an error of kind `Timeout`.
    pub fn flush_timeout(&self, daemon_id: u64, timeout: Duration) -> Result<()> {
        check(unsafe { sys::net_meshos_ext_flush(self.as_raw(), daemon_id, limit(timeout)) })
    }

    /// Waits until no daemon has anything to do.
    pub fn flush_all(&self) -> Result<()> {
        self.flush(0)
    }

    /// Sends the outputs of all daemons to a closure. What it fails with is kept in
    /// [`output_failure`](Sdk::output_failure).
    pub fn set_output(
        &self,
        f: impl Fn(Output<'_>) -> std::result::Result<(), Failure> + Send + Sync + 'static,
    ) -> Result<()> {
        self.core.outputs.exchange(Some(Box::new(f)), |ctx| {
            check(unsafe { sys::net_meshos_ext_set_output(self.as_raw(), Some(call_output), ctx) })
        })
    }

    /// Sends outputs nowhere.
    pub fn clear_output(&self) -> Result<()> {
        self.core
            .outputs
            .exchange(None, |ctx| check(unsafe { sys::net_meshos_ext_set_output(self.as_raw(), None, ctx) }))
    }

    /// What an output function failed with last.
    pub fn output_failure(&self) -> Option<String> {
        self.core.outputs.last_failure()
    }

    /// Sends the outputs of one daemon to another as events.
    pub fn subscribe(&self, from: u64, to: u64) -> Result<()> {
        check(unsafe { sys::net_meshos_ext_subscribe(self.as_raw(), from, to) })
    }

    /// Ends a subscription.
    pub fn unsubscribe(&self, from: u64, to: u64) -> Result<()> {
        check(unsafe { sys::net_meshos_ext_unsubscribe(self.as_raw(), from, to) })
    }

    /// Takes a daemon's state; it is empty if the daemon has none. A snapshot that fails is an error of kind
    /// `CallbackFailed`.
    pub fn snapshot(&self, daemon_id: u64) -> Result<State> {
        let (mut data, mut len) = (std::ptr::null_mut(), 0);
        let (status, said) =
            capture(|| unsafe { sys::net_meshos_ext_snapshot(self.as_raw(), daemon_id, &mut data, &mut len) });
        if status != sys::NET_MESHOS_OK {
            return Err(Error::of(status).with(said));
        }
        let state = State::of(data, len);
        match said {
            None => Ok(state),
            Some(said) => {
                let message = format!("the daemon could not give its state: {said}");
                Err(Error::new(sys::NET_MESHOS_ERR_CALL_FAILED, Kind::CallbackFailed, message))
            }
        }
    }

    /// Restores a daemon's state.
    pub fn restore(&self, daemon_id: u64, state: &[u8]) -> Result<()> {
        let (status, said) =
            capture(|| unsafe { sys::net_meshos_ext_restore(self.as_raw(), daemon_id, state.as_ptr(), state.len()) });
        check(status).map_err(|e| e.with(said))
    }

    /// Starts a drain, of this length at most; zero: the configured one.
    pub fn enter_maintenance(&self, drain: Duration) -> Result<()> {
        check(unsafe { sys::net_meshos_ext_enter_maintenance(self.as_raw(), grace(drain)) })
    }

    /// Ends maintenance.
    pub fn exit_maintenance(&self) -> Result<()> {
        check(unsafe { sys::net_meshos_ext_exit_maintenance(self.as_raw()) })
    }

    /// Stops a daemon within this time (zero: 5 s). It stays registered.
    pub fn stop_daemon(&self, daemon_id: u64, time: Duration) -> Result<()> {
        check(unsafe { sys::net_meshos_ext_stop_daemon(self.as_raw(), daemon_id, grace(time)) })
    }

    /// Restarts a daemon that is stopped, or releases one that is held.
    pub fn restart_daemon(&self, daemon_id: u64) -> Result<()> {
        check(unsafe { sys::net_meshos_ext_restart_daemon(self.as_raw(), daemon_id) })
    }

    /// Has a closure called with each log record of that level and above. What it fails with is kept in
    /// [`log_failure`](Sdk::log_failure).
    pub fn on_log(
        &self,
        at_least: Level,
        f: impl Fn(LogRecord<'_>) -> std::result::Result<(), Failure> + Send + Sync + 'static,
    ) -> Result<()> {
        self.core.logs.exchange(Some(Box::new(f)), |ctx| {
            check(unsafe { sys::net_meshos_ext_on_log(self.as_raw(), at_least as c_int, Some(call_log), ctx) })
        })
    }

    /// Has no closure called any longer.
    pub fn clear_log(&self) -> Result<()> {
        self.core.logs.exchange(None, |ctx| {
            check(unsafe { sys::net_meshos_ext_on_log(self.as_raw(), Level::Error as c_int, None, ctx) })
        })
    }

    /// What a log function failed with last.
    pub fn log_failure(&self) -> Option<String> {
        self.core.logs.last_failure()
    }

    /// The log records with numbers above `after`, at most `max` of them (0: all), as a JSON array.
    pub fn logs_json(&self, after: u64, max: usize) -> Result<String> {
        take_text(unsafe { sys::net_meshos_ext_logs_json(self.as_raw(), after, max) })
    }

    /// The numbers of `runtime_json` as OpenMetrics text, for an endpoint of the host's.
    pub fn metrics(&self) -> Result<String> {
        take_text(unsafe { sys::net_meshos_ext_metrics(self.as_raw()) })
    }

    /// The state of the SDK and its daemons as a JSON object.
    pub fn runtime_json(&self) -> Result<String> {
        take_text(unsafe { sys::net_meshos_ext_runtime_json(self.as_raw()) })
    }

    /// One daemon as `runtime_json` shows it.
    pub fn daemon_json(&self, daemon_id: u64) -> Result<String> {
        take_text(unsafe { sys::net_meshos_ext_daemon_json(self.as_raw(), daemon_id) })
    }
}

/// That there wasn't room for all is no error where the number is returned.
fn partial(result: Result<()>, accepted: usize) -> Result<usize> {
    match result {
        Err(e) if !matches!(e.kind(), Kind::QueueFull | Kind::Timeout) => Err(e),
        _ => Ok(accepted),
    }
}

fn raw(event: &Event<'_>) -> *const sys::NetMeshOsEvent {
    let event: *const Event<'_> = event;
    event.cast()
}

struct Delivery<'a> {
    f: &'a mut dyn FnMut(Output<'_>),
    panic: Option<Box<dyn std::any::Any + Send>>,
}

unsafe extern "C" fn deliver_output(
    ctx: *mut c_void,
    daemon_id: u64,
    in_origin_hash: u64,
    in_sequence: u64,
    out_sequence: u64,
    payload: *const u8,
    len: usize,
) {
    let delivery = &mut *ctx.cast::<Delivery<'_>>();
    if delivery.panic.is_some() {
        return;
    }
    let output = Output { daemon_id, in_origin_hash, in_sequence, out_sequence, payload: slice(payload, len) };
    let Delivery { f, panic } = delivery;
    // The outer guard counts this thread as inside a callback.
    let _ = guarded(|| {
        *panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| f(output))).err();
        Ok(())
    });
}
