//! The handle of a daemon.

use crate::error::{check, take_text, text};
use crate::failures::Failures;
use crate::sdk::Core;
use crate::values::{grace, limit, Control, Level};
use crate::{sys, Result};
use std::os::raw::c_int;
use std::sync::Arc;
use std::time::Duration;

/// A registered daemon. Dropping it frees the handle: when that returns no callback of the daemon runs any more, but
/// for the one that it may be dropped in. It keeps its SDK alive.
pub struct Handle {
    raw: *mut sys::NetMeshOsHandle,
    kept: Option<Arc<Failures>>,
    _sdk: Arc<Core>,
}

// Every call may be made from many threads at once, on the same handle too.
unsafe impl Send for Handle {}
unsafe impl Sync for Handle {}

impl Handle {
    pub(crate) fn new(raw: *mut sys::NetMeshOsHandle, kept: Option<Arc<Failures>>, sdk: Arc<Core>) -> Handle {
        if let Some(kept) = &kept {
            kept.log_with(raw);
        }
        Handle { raw, kept, _sdk: sdk }
    }

    /// The C handle, for calls of your own.
    pub fn as_raw(&self) -> *mut sys::NetMeshOsHandle {
        self.raw
    }

    /// The daemon's id.
    pub fn id(&self) -> u64 {
        unsafe { sys::net_meshos_handle_daemon_id(self.raw) }
    }

    /// The daemon's name.
    pub fn name(&self) -> String {
        text(unsafe { sys::net_meshos_handle_daemon_name(self.raw) }).unwrap_or_default()
    }

    /// What a callback failed with last, as "CALLBACK: MESSAGE".
    pub fn failure(&self) -> Option<String> {
        self.kept.as_ref()?.last()
    }

    /// The oldest control event that waits.
    pub fn try_next_control(&self) -> Result<Option<Control>> {
        self.receive(|out| unsafe { sys::net_meshos_try_next_control(self.raw, out) })
    }

    /// Waits for a control event, without limit. None: the SDK or the handle has ended.
    pub fn next_control(&self) -> Result<Option<Control>> {
        self.receive(|out| unsafe { sys::net_meshos_next_control(self.raw, 0, out) })
    }

    /// The same, for this long at most. None: there was none in time, or see above.
    pub fn next_control_timeout(&self, timeout: Duration) -> Result<Option<Control>> {
        if timeout.is_zero() {
            return self.try_next_control();
        }
        self.receive(|out| unsafe { sys::net_meshos_next_control(self.raw, limit(timeout), out) })
    }

    fn receive(&self, call: impl FnOnce(*mut sys::NetMeshOsDaemonControl) -> c_int) -> Result<Option<Control>> {
        let mut out = sys::NetMeshOsDaemonControl::default();
        check(call(&mut out))?;
        Ok(Control::of(out.kind, out.grace_period_ms, out.level))
    }

    /// Logs a line for the daemon. It never waits.
    pub fn log(&self, level: Level, message: &str) -> Result<()> {
        check(unsafe { sys::net_meshos_publish_log(self.raw, level as c_int, message.as_ptr().cast(), message.len()) })
    }

    /// Sends SHUTDOWN, waits for that long (zero: 5 s) or for [`done`](Handle::done), and consumes the handle.
    pub fn graceful_shutdown(&self, time: Duration) -> Result<()> {
        check(unsafe { sys::net_meshos_graceful_shutdown(self.raw, grace(time)) })
    }

    /// Says that the daemon has finished after SHUTDOWN.
    pub fn done(&self) -> Result<()> {
        check(unsafe { sys::net_meshos_ext_daemon_done(self.raw) })
    }

    /// The node as the daemon sees it, as JSON, from the registration or the last refresh.
    pub fn metadata(&self) -> Result<String> {
        take_text(unsafe { sys::net_meshos_metadata(self.raw) })
    }

    /// The same, of now.
    pub fn refresh_metadata(&self) -> Result<String> {
        take_text(unsafe { sys::net_meshos_refresh_metadata(self.raw) })
    }

    /// Advertises what the daemon can do: a JSON array of strings. An empty text withdraws that.
    pub fn publish_capabilities(&self, tags_json: &str) -> Result<()> {
        check(unsafe { sys::net_meshos_publish_capabilities(self.raw, tags_json.as_ptr().cast(), tags_json.len()) })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if let Some(kept) = &self.kept {
            kept.log_with(std::ptr::null_mut());
        }
        unsafe { sys::net_meshos_handle_free(self.raw) };
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle").field("id", &self.id()).field("name", &self.name()).finish()
    }
}
