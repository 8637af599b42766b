#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod daemon;
mod error;
mod failures;
mod followers;
mod handle;
mod register;
mod sdk;
pub mod sys;
mod values;

pub use daemon::{
    Daemon, Emitter, Failure, Health, ReceivesControl, ReportsHealth, ReportsSaturation, StateEmitter, Stateful,
};
pub use error::{clear_last_error, last_error, Error, Kind, Result};
pub use handle::Handle;
pub use register::{new_seed, Registration, SEED_LEN};
pub use sdk::{version, Options, Sdk};
pub use values::{Control, Event, Level, LogRecord, Output, State};
