//! Daemons, and how the library calls them.

use crate::failures::{guarded, Failures};
use crate::sys;
use crate::values::{slice, Control, Event};
use std::marker::PhantomData;
use std::os::raw::{c_int, c_void};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a callback may return as its failure: any error, or a text.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A daemon processes events. Its methods, and those of the other traits, never overlap. They run on threads of the
/// library, or on the thread that calls [`Sdk::deliver`](crate::Sdk::deliver), `snapshot` or `restore`.
///
/// A closure `|event: &Event<'_>, out: &Emitter<'_>| -> Result<(), Failure>` is one, too.
///
/// A panic is a failure as an error is, with the panic's message. The daemon goes on with its next event, so it must
/// be able to live with what a panic leaves behind. With `panic = "abort"` a panic ends the process.
pub trait Daemon: Send + 'static {
    /// Handles one event. A failure drops what was emitted for it.
    fn process(&mut self, event: &Event<'_>, out: &Emitter<'_>) -> Result<(), Failure>;
}

impl<F> Daemon for F
where
    F: FnMut(&Event<'_>, &Emitter<'_>) -> Result<(), Failure> + Send + 'static,
{
    fn process(&mut self, event: &Event<'_>, out: &Emitter<'_>) -> Result<(), Failure> {
        self(event, out)
    }
}

/// A daemon with a state; see [`Registration::stateful`](crate::Registration::stateful).
pub trait Stateful: Daemon {
    /// Gives the state with one [`StateEmitter::emit`].
    fn snapshot(&mut self, out: &StateEmitter<'_>) -> Result<(), Failure>;
    /// Takes back what `snapshot` gave.
    fn restore(&mut self, state: &[u8]) -> Result<(), Failure>;
}

/// A daemon that is told each control event, which its handle receives too; see
/// [`Registration::receives_control`](crate::Registration::receives_control).
pub trait ReceivesControl: Daemon {
    /// Called once for each control event.
    fn on_control(&mut self, what: Control) -> Result<(), Failure>;
}

/// What a daemon says of its health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Health {
    Healthy = 0,
    Degraded = 1,
    Unhealthy = 2,
}

/// A daemon that reports its health; see [`Registration::reports_health`](crate::Registration::reports_health).
pub trait ReportsHealth: Daemon {
    /// Called every tick. A failure counts as unhealthy.
    fn health(&mut self) -> Result<Health, Failure>;
}

/// A daemon that reports how busy it is; see
/// [`Registration::reports_saturation`](crate::Registration::reports_saturation).
pub trait ReportsSaturation: Daemon {
    /// Called every tick. From 0.0 to 1.0; a failure counts as 0.0.
    fn saturation(&mut self) -> Result<f32, Failure>;
}

/// Adds outputs to the event that `process` handles; on any thread, while it does.
pub struct Emitter<'a> {
    ctx: *mut sys::NetMeshOsProcessEmitCtx,
    callback: PhantomData<&'a ()>,
}

// The call may be made on any thread.
unsafe impl Send for Emitter<'_> {}
unsafe impl Sync for Emitter<'_> {}

impl Emitter<'_> {
    /// Adds one output, of which the library makes a copy.
    pub fn emit(&self, payload: impl AsRef<[u8]>) {
        let payload = payload.as_ref();
        unsafe { sys::net_meshos_process_emit(self.ctx, payload.as_ptr(), payload.len()) }
    }
}

/// Takes the state that `snapshot` gives; the first call counts. The library gets it when `snapshot` has returned: one
/// that fails gives none.
pub struct StateEmitter<'a> {
    state: Mutex<Option<Vec<u8>>>,
    callback: PhantomData<&'a ()>,
}

impl StateEmitter<'_> {
    /// Gives the state, of which it makes a copy.
    pub fn emit(&self, state: impl AsRef<[u8]>) {
        self.state().get_or_insert_with(|| state.as_ref().to_vec());
    }

    fn state(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the library holds for a daemon.
pub(crate) struct Seat<D> {
    pub(crate) daemon: D,
    pub(crate) kept: Arc<Failures>,
}

impl<D> Seat<D> {
    /// Runs a callback of the seat that the library's user_ctx is.
    ///
    /// # Safety
    /// ctx is a `Seat<D>` that lives, and no other callback of it runs: the library promises both.
    unsafe fn run<T>(
        ctx: *mut c_void,
        callback: &str,
        tell: bool,
        f: impl FnOnce(&mut D) -> Result<T, Failure>,
    ) -> Option<T> {
        let seat = &mut *ctx.cast::<Seat<D>>();
        let daemon = &mut seat.daemon;
        guarded(|| f(daemon)).map_err(|said| seat.kept.note(callback, said, tell)).ok()
    }
}

pub(crate) unsafe extern "C" fn process<D: Daemon>(
    ctx: *mut c_void,
    emit: *mut sys::NetMeshOsProcessEmitCtx,
    origin: u64,
    sequence: u64,
    payload: *const u8,
    len: usize,
) -> c_int {
    let out = Emitter { ctx: emit, callback: PhantomData };
    let event = Event::of(origin, sequence, slice(payload, len));
    Seat::<D>::run(ctx, "process", true, |d| d.process(&event, &out)).map_or(1, |()| 0)
}

pub(crate) unsafe extern "C" fn snapshot<D: Stateful>(ctx: *mut c_void, emit: *mut sys::NetMeshOsSnapshotEmitCtx) {
    let out = StateEmitter { state: Mutex::default(), callback: PhantomData };
    if Seat::<D>::run(ctx, "snapshot", true, |d| d.snapshot(&out)).is_none() {
        return;
    }
    let state = out.state().take();
    if let Some(state) = state {
        sys::net_meshos_snapshot_emit(emit, state.as_ptr(), state.len());
    }
}

pub(crate) unsafe extern "C" fn restore<D: Stateful>(ctx: *mut c_void, state: *const u8, len: usize) -> c_int {
    Seat::<D>::run(ctx, "restore", true, |d| d.restore(slice(state, len))).map_or(1, |()| 0)
}

pub(crate) unsafe extern "C" fn on_control<D: ReceivesControl>(ctx: *mut c_void, kind: c_int, grace: u64, level: f32) {
    if let Some(what) = Control::of(kind, grace, level) {
        Seat::<D>::run(ctx, "on_control", false, |d| d.on_control(what));
    }
}

pub(crate) unsafe extern "C" fn health<D: ReportsHealth>(ctx: *mut c_void) -> c_int {
    Seat::<D>::run(ctx, "health", false, |d| d.health()).unwrap_or(Health::Unhealthy) as c_int
}

pub(crate) unsafe extern "C" fn saturation<D: ReportsSaturation>(ctx: *mut c_void) -> f32 {
    Seat::<D>::run(ctx, "saturation", false, |d| d.saturation()).unwrap_or(0.0)
}

pub(crate) unsafe extern "C" fn destroy<D>(ctx: *mut c_void) {
    let seat = Box::from_raw(ctx.cast::<Seat<D>>());
    // A drop that panics has nobody to tell it to but the handle.
    let kept = seat.kept.clone();
    if let Err(said) = guarded(|| {
        drop(seat);
        Ok(())
    }) {
        kept.note("drop", said, false);
    }
}
