//! What a call that fails returns.

use crate::sys;
use std::ffi::CStr;
use std::fmt;
use std::os::raw::{c_char, c_int};

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    status: i32,
    kind: Kind,
    message: String,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// The kinds of errors. The headers say for each call which it can have.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Kind {
            $($(#[$doc])* $name,)*
            /// A kind that is newer than this crate.
            Other(String),
        }

        impl Kind {
            fn new(word: &str) -> Kind {
                match word {
                    $($word => Kind::$name,)*
                    _ => Kind::Other(word.to_owned()),
                }
            }

            /// The word that the C interface has for it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Kind::$name => $word,)*
                    Kind::Other(word) => word,
                }
            }
        }
    };
}

kinds! {
    /// An argument that no state makes valid.
    InvalidArgument = "invalid_argument",
    /// No live handle.
    InvalidHandle = "invalid_handle",
    /// No log level.
    InvalidLogLevel = "invalid_log_level",
    /// The SDK or the handle is consumed.
    AlreadyShutdown = "already_shutdown",
    /// The identity is already registered.
    RegisterFailed = "register_failed",
    /// The queue or inbox has no room.
    QueueFull = "queue_full",
    /// The SDK takes no more log lines.
    LoopClosed = "loop_closed",
    /// A callback outlasted the time that it was given.
    ShutdownFailed = "shutdown_failed",
    /// A value that can't be served, or a defect.
    RuntimePanic = "runtime_panic",
    /// The process is a fork of one that had started an SDK.
    Forked = "forked",
    /// There is no memory for the call.
    OutOfMemory = "out_of_memory",
    /// A start finds too few threads or descriptors.
    NoResources = "no_resources",
    /// The call makes no sense now.
    InvalidState = "invalid_state",
    /// There is no such daemon, or no such subscription.
    NotFound = "not_found",
    /// The node is in maintenance, or the daemon is shutting down.
    Draining = "draining",
    /// The daemon has been stopped.
    Stopped = "stopped",
    /// The daemon crash-loops and is held.
    BackingOff = "backing_off",
    /// The daemon could not process the event.
    ProcessFailed = "process_failed",
    /// The daemon did not take the state.
    RestoreFailed = "restore_failed",
    /// `snapshot` failed, so there is no state. Bindings report it, and not the library.
    CallbackFailed = "callback_failed",
    /// The state that was kept can't be used.
    StateInvalid = "state_invalid",
    /// It was not over in time.
    Timeout = "timeout",
    /// The configuration file can't be used.
    ConfigInvalid = "config_invalid",
    /// This edition of the library can't do it.
    Unsupported = "unsupported",
    /// The servers of the mesh can't be reached or used: nothing was done.
    MeshUnavailable = "mesh_unavailable",
    /// A live node of the mesh has this id.
    NodeIdTaken = "node_id_taken",
    /// The daemon has processed this event, and its outputs are no longer known.
    AlreadyProcessed = "already_processed",
}

impl Error {
    /// The `NET_MESHOS_ERR_` constant that the call returned.
    pub fn status(&self) -> i32 {
        self.status
    }

    /// What to branch on.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Words for people, which may change.
    pub fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn new(status: i32, kind: Kind, message: String) -> Error {
        Error { status, kind, message }
    }

    /// The calling thread's last error, after a call that failed.
    pub(crate) fn of(status: c_int) -> Error {
        last_error()
            .map_or_else(|| Error::new(status, Kind::Other(String::new()), String::new()), |e| Error { status, ..e })
    }

    /// The same, with what a callback said that the call ran on this thread.
    pub(crate) fn with(mut self, said: Option<String>) -> Error {
        if let Some(said) = said {
            self.message = format!("{}: {said}", self.message);
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.as_str(), self.message)
    }
}

impl std::error::Error for Error {}

/// The calling thread's last error as the C interface has it. The calls of this crate return it already; its status
/// is not known here and 0.
pub fn last_error() -> Option<Error> {
    let (kind, message) = unsafe { (sys::net_meshos_last_error_kind(), sys::net_meshos_last_error_message()) };
    Some(Error::new(0, Kind::new(&text(kind)?), text(message).unwrap_or_default()))
}

/// Forgets the calling thread's last error.
pub fn clear_last_error() {
    unsafe { sys::net_meshos_clear_last_error() }
}

pub(crate) fn check(status: c_int) -> Result<()> {
    if status == sys::NET_MESHOS_OK {
        Ok(())
    } else {
        Err(Error::of(status))
    }
}

/// A copy of a text that the library keeps.
pub(crate) fn text(s: *const c_char) -> Option<String> {
    if s.is_null() {
        return None;
    }
    Some(unsafe { CStr::from_ptr(s) }.to_string_lossy().into_owned())
}

/// A copy of a text that is ours to free. NULL is a failure; the status of such calls is in the kind alone.
pub(crate) fn take_text(s: *mut c_char) -> Result<String> {
    let copy = text(s).ok_or_else(|| Error::of(sys::NET_MESHOS_ERR_CALL_FAILED))?;
    unsafe { sys::net_meshos_free_string(s) };
    Ok(copy)
}
