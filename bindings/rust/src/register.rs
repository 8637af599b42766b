//! Registering daemons.

use crate::daemon::{self, Daemon, ReceivesControl, ReportsHealth, ReportsSaturation, Seat, Stateful};
use crate::error::check;
use crate::failures::Failures;
use crate::sdk::Sdk;
use crate::{sys, Handle, Result};
use std::sync::Arc;

/// The length of the seed of an ed25519 key, which a daemon's id is made from.
pub const SEED_LEN: usize = 32;

/// A new seed, from the system's random numbers. Keep it: a daemon with another seed is another daemon.
pub fn new_seed() -> Result<[u8; SEED_LEN]> {
    let mut seed = [0; SEED_LEN];
    check(unsafe { sys::net_meshos_ext_new_seed(seed.as_mut_ptr()) })?;
    Ok(seed)
}

/// A daemon that is about to be registered: [`Sdk::daemon`] makes it. Its methods say which traits the library is to
/// use; a trait that isn't named here isn't called.
#[must_use = "register() registers it"]
pub struct Registration<'a, D> {
    pub(crate) sdk: &'a Sdk,
    pub(crate) name: &'a str,
    pub(crate) seed: &'a [u8; SEED_LEN],
    pub(crate) daemon: D,
    pub(crate) table: sys::NetMeshOsDaemonVtable,
}

impl<'a, D: Daemon> Registration<'a, D> {
    pub(crate) fn new(sdk: &'a Sdk, name: &'a str, seed: &'a [u8; SEED_LEN], daemon: D) -> Registration<'a, D> {
        let table = sys::NetMeshOsDaemonVtable { process: Some(daemon::process::<D>), ..Default::default() };
        Registration { sdk, name, seed, daemon, table }
    }

    /// The daemon has a state.
    pub fn stateful(mut self) -> Self
    where
        D: Stateful,
    {
        self.table.snapshot = Some(daemon::snapshot::<D>);
        self.table.restore = Some(daemon::restore::<D>);
        self
    }

    /// The daemon is told control events.
    pub fn receives_control(mut self) -> Self
    where
        D: ReceivesControl,
    {
        self.table.on_control = Some(daemon::on_control::<D>);
        self
    }

    /// The daemon reports its health.
    pub fn reports_health(mut self) -> Self
    where
        D: ReportsHealth,
    {
        self.table.health = Some(daemon::health::<D>);
        self
    }

    /// The daemon reports how busy it is.
    pub fn reports_saturation(mut self) -> Self
    where
        D: ReportsSaturation,
    {
        self.table.saturation = Some(daemon::saturation::<D>);
        self
    }

    /// Registers it. The daemon is dropped after its last callback, or before this returns an error.
    pub fn register(self) -> Result<Handle> {
        let (kept, seat) = seat(self.daemon);
        let mut raw = std::ptr::null_mut();
        let status = unsafe {
            sys::net_meshos_register_daemon_with_vtable_v2(
                self.sdk.as_raw(),
                self.name.as_ptr().cast(),
                self.name.len(),
                self.seed.as_ptr(),
                &self.table,
                seat.cast(),
                Some(daemon::destroy::<D>),
                &mut raw,
            )
        };
        let result = check(status);
        // Otherwise the library calls destroy.
        if status == sys::NET_MESHOS_ERR_NULL || status == sys::NET_MESHOS_ERR_INVALID_ARG {
            unsafe { daemon::destroy::<D>(seat.cast()) };
        }
        result.map(|()| Handle::new(raw, Some(kept), self.sdk.core.clone()))
    }

    /// Registers a daemon that lives until the process ends: it is never dropped.
    pub fn register_forever(self) -> Result<Handle> {
        let (kept, seat) = seat(self.daemon);
        let mut raw = std::ptr::null_mut();
        let result = check(unsafe {
            sys::net_meshos_register_daemon_with_vtable(
                self.sdk.as_raw(),
                self.name.as_ptr().cast(),
                self.name.len(),
                self.seed.as_ptr(),
                &self.table,
                seat.cast(),
                &mut raw,
            )
        });
        if result.is_err() {
            unsafe { daemon::destroy::<D>(seat.cast()) };
        }
        result.map(|()| Handle::new(raw, Some(kept), self.sdk.core.clone()))
    }
}

/// Moves a daemon to where the library finds it.
fn seat<D>(daemon: D) -> (Arc<Failures>, *mut Seat<D>) {
    let kept = Arc::<Failures>::default();
    let seat = Box::into_raw(Box::new(Seat { daemon, kept: kept.clone() }));
    (kept, seat)
}
