//! What goes in and comes out: events, outputs, control events, log records, states.

use crate::sys;
use std::marker::PhantomData;
use std::ops::Deref;
use std::os::raw::c_int;
use std::time::Duration;

/// One event. It is a view: the payload is borrowed. A slice of them is passed to the library as it is.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Event<'a> {
    raw: sys::NetMeshOsEvent,
    payload: PhantomData<&'a [u8]>,
}

// A view of bytes that nobody changes.
unsafe impl Send for Event<'_> {}
unsafe impl Sync for Event<'_> {}

impl<'a> Event<'a> {
    /// An event with this payload, from origin 0 and with sequence 0.
    pub fn new(payload: &'a [u8]) -> Event<'a> {
        Event::of(0, 0, payload)
    }

    pub(crate) fn of(origin_hash: u64, sequence: u64, payload: &'a [u8]) -> Event<'a> {
        let raw = sys::NetMeshOsEvent { origin_hash, sequence, payload: payload.as_ptr(), payload_len: payload.len() };
        Event { raw, payload: PhantomData }
    }

    /// The same event, from this origin.
    pub fn with_origin(mut self, origin_hash: u64) -> Event<'a> {
        self.raw.origin_hash = origin_hash;
        self
    }

    /// The same event, with this number.
    pub fn with_sequence(mut self, sequence: u64) -> Event<'a> {
        self.raw.sequence = sequence;
        self
    }

    /// Where the event comes from.
    pub fn origin_hash(&self) -> u64 {
        self.raw.origin_hash
    }

    /// The event's number at its origin.
    pub fn sequence(&self) -> u64 {
        self.raw.sequence
    }

    /// The event's bytes.
    pub fn payload(&self) -> &'a [u8] {
        unsafe { slice(self.raw.payload, self.raw.payload_len) }
    }
}

impl std::fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Event")
            .field("origin_hash", &self.origin_hash())
            .field("sequence", &self.sequence())
            .field("payload", &self.payload())
            .finish()
    }
}

impl<'a, T: AsRef<[u8]> + ?Sized> From<&'a T> for Event<'a> {
    fn from(payload: &'a T) -> Event<'a> {
        Event::new(payload.as_ref())
    }
}

/// The library has NULL for an empty slice.
pub(crate) unsafe fn slice<'a>(data: *const u8, len: usize) -> &'a [u8] {
    if len == 0 {
        &[]
    } else {
        std::slice::from_raw_parts(data, len)
    }
}

/// One output of a daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output<'a> {
    /// The daemon that emitted it.
    pub daemon_id: u64,
    /// The origin of the event that the daemon was processing.
    pub in_origin_hash: u64,
    /// The sequence of that event.
    pub in_sequence: u64,
    /// The output's number, from 1 and without gaps for each daemon.
    pub out_sequence: u64,
    /// The output's bytes, valid during the call.
    pub payload: &'a [u8],
}

/// One control event.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Control {
    /// End within this time.
    Shutdown(Duration),
    /// Finish what is queued within this time.
    DrainStart(Duration),
    /// The drain is over.
    DrainFinish,
    /// Slow down by this level, 0.0 to 1.0.
    BackpressureOn(f32),
    /// Go on as usual.
    BackpressureOff,
    /// A kind that is newer than this crate: ignore it.
    Unknown(i32),
}

impl Control {
    pub(crate) fn of(kind: c_int, grace_period_ms: u64, level: f32) -> Option<Control> {
        let grace = Duration::from_millis(grace_period_ms);
        Some(match kind {
            0 => return None,
            1 => Control::Shutdown(grace),
            2 => Control::DrainStart(grace),
            3 => Control::DrainFinish,
            4 => Control::BackpressureOn(level),
            5 => Control::BackpressureOff,
            other => Control::Unknown(other),
        })
    }
}

/// How important a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Level {
    Trace = 0,
    Debug = 1,
    Info = 2,
    Warn = 3,
    Error = 4,
}

/// One log record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogRecord<'a> {
    /// Its number, from 1 and without gaps.
    pub number: u64,
    /// When it was written.
    pub unix_ms: u64,
    /// How important it is.
    pub level: Level,
    /// The daemon that wrote it or that it is about; 0: none.
    pub daemon_id: u64,
    /// Its text, valid during the call.
    pub message: &'a str,
}

impl Level {
    pub(crate) fn of(level: c_int) -> Level {
        match level {
            0 => Level::Trace,
            1 => Level::Debug,
            2 => Level::Info,
            3 => Level::Warn,
            _ => Level::Error,
        }
    }
}

/// A daemon's state: memory of the library, freed when it is dropped.
pub struct State {
    data: *mut u8,
    len: usize,
}

// Bytes that have one owner.
unsafe impl Send for State {}
unsafe impl Sync for State {}

impl State {
    pub(crate) fn of(data: *mut u8, len: usize) -> State {
        State { data, len }
    }
}

impl Deref for State {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        unsafe { slice(self.data, self.len) }
    }
}

impl AsRef<[u8]> for State {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}

impl Drop for State {
    fn drop(&mut self) {
        unsafe { sys::net_meshos_ext_free_bytes(self.data, self.len) }
    }
}

/// 0 means "without limit" in C. Here it is the shortest time, and no limit is a method of its own.
pub(crate) fn limit(time: Duration) -> u64 {
    grace(time).max(1)
}

/// Whole milliseconds, rounded up.
pub(crate) fn grace(time: Duration) -> u64 {
    let ms = time.as_nanos().saturating_add(999_999) / 1_000_000;
    u64::try_from(ms).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rounded_up_and_bounded() {
        assert_eq!(grace(Duration::ZERO), 0);
        assert_eq!(limit(Duration::ZERO), 1);
        assert_eq!(grace(Duration::from_nanos(1)), 1);
        assert_eq!(grace(Duration::from_millis(7)), 7);
        assert_eq!(grace(Duration::MAX), u64::MAX);
    }

    #[test]
    fn a_kind_that_is_newer_is_unknown() {
        assert_eq!(Control::of(6, 0, 0.0), Some(Control::Unknown(6)));
        assert_eq!(Control::of(0, 9, 1.0), None);
        assert_eq!(Control::of(4, 0, 0.5), Some(Control::BackpressureOn(0.5)));
    }

    #[test]
    fn an_event_is_the_c_struct() {
        assert_eq!(std::mem::size_of::<Event<'_>>(), std::mem::size_of::<sys::NetMeshOsEvent>());
        let event = Event::from("abc").with_origin(1).with_sequence(2);
        assert_eq!((event.origin_hash(), event.sequence(), event.payload()), (1, 2, &b"abc"[..]));
    }
}
