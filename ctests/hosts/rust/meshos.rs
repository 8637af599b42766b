//! The calls that this host makes, as Rust types. Linked, or looked up with dlsym; without any crate.

use std::ffi::CStr;
use std::os::raw::{c_char, c_int, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;

#[repr(C)]
pub struct Vtable {
    process: Option<unsafe extern "C" fn(*mut c_void, *mut c_void, u64, u64, *const u8, usize) -> c_int>,
    others: [usize; 5],
}

#[repr(C)]
pub struct Event {
    origin_hash: u64,
    sequence: u64,
    payload: *const u8,
    payload_len: usize,
}

type OutputFn = unsafe extern "C" fn(*mut c_void, u64, u64, u64, u64, *const u8, usize);

macro_rules! calls {
    ($($name:ident: fn($($argument:ty),*) $(-> $result:ty)?;)*) => {
        #[cfg(linked)]
        mod linked {
            use super::*;
            #[link(name = "net_meshos")]
            extern "C" { $(pub fn $name($(_: $argument),*) $(-> $result)?;)* }
        }

        pub struct Library { $(pub $name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)* }

        impl Library {
            #[cfg(linked)]
            pub fn open(_path: &str) -> Library { Library { $($name: linked::$name,)* } }

            #[cfg(not(linked))]
            pub fn open(path: &str) -> Library {
                let path = std::ffi::CString::new(path).unwrap();
                let opened = unsafe { dlopen(path.as_ptr(), 2) };
                assert!(!opened.is_null(), "{path:?} can't be opened");
                Library { $($name: {
                    let found = unsafe { dlsym(opened, concat!(stringify!($name), "\0").as_ptr().cast()) };
                    assert!(!found.is_null(), stringify!($name));
                    unsafe { std::mem::transmute(found) }
                },)* }
            }
        }
    };
}

calls! {
    net_meshos_sdk_start: fn(u64, u64, usize, usize, usize, *mut *mut c_void) -> c_int;
    net_meshos_sdk_shutdown: fn(*mut c_void) -> c_int;
    net_meshos_sdk_free: fn(*mut c_void);
    net_meshos_register_daemon_with_vtable:
        fn(*mut c_void, *const c_char, usize, *const u8, *const Vtable, *mut c_void, *mut *mut c_void) -> c_int;
    net_meshos_handle_free: fn(*mut c_void);
    net_meshos_handle_daemon_id: fn(*const c_void) -> u64;
    net_meshos_process_emit: fn(*mut c_void, *const u8, usize);
    net_meshos_last_error_kind: fn() -> *const c_char;
    net_meshos_ext_deliver: fn(*mut c_void, u64, *const Event, Option<OutputFn>, *mut c_void) -> c_int;
    net_meshos_ext_post: fn(*mut c_void, u64, *const Event, usize, *mut usize) -> c_int;
    net_meshos_ext_flush: fn(*mut c_void, u64, u64) -> c_int;
}

#[cfg(not(linked))]
extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

impl Library {
    fn check(&self, status: c_int) -> Result<(), String> {
        if status == 0 {
            return Ok(());
        }
        let kind = unsafe { (self.net_meshos_last_error_kind)() };
        Err(unsafe { CStr::from_ptr(kind) }.to_string_lossy().into_owned())
    }
}

/// A handle that any thread may use.
#[derive(Clone, Copy)]
struct Raw(*mut c_void);
unsafe impl Send for Raw {}
unsafe impl Sync for Raw {}

#[derive(Clone)]
pub struct Sdk {
    library: Arc<Library>,
    raw: Raw,
}

type Process = dyn Fn(&[u8]) -> Vec<u8> + Send;

struct Context {
    library: Arc<Library>,
    process: Box<Process>,
}

pub struct Daemon {
    sdk: Sdk,
    raw: Raw,
    id: u64,
    context: *mut Context,
}

/// A panic ends here: it must not go through the library's frames.
unsafe extern "C" fn process(
    context: *mut c_void, emit: *mut c_void, _: u64, _: u64, payload: *const u8, len: usize,
) -> c_int {
    let context = &*(context as *const Context);
    let payload = if len == 0 { &[][..] } else { std::slice::from_raw_parts(payload, len) };
    match catch_unwind(AssertUnwindSafe(|| (context.process)(payload))) {
        Ok(output) => {
            (context.library.net_meshos_process_emit)(emit, output.as_ptr(), output.len());
            0
        }
        Err(_) => 1,
    }
}

unsafe extern "C" fn collect(
    outputs: *mut c_void, _: u64, _: u64, _: u64, _: u64, payload: *const u8, len: usize,
) {
    (*(outputs as *mut Vec<Vec<u8>>)).push(std::slice::from_raw_parts(payload, len).to_vec());
}

fn event(payload: &[u8]) -> Event {
    Event { origin_hash: 1, sequence: 2, payload: payload.as_ptr(), payload_len: payload.len() }
}

impl Sdk {
    pub fn start(library: Arc<Library>) -> Result<Sdk, String> {
        let mut raw = std::ptr::null_mut();
        library.check(unsafe { (library.net_meshos_sdk_start)(0, 1, 0, 0, 0, &mut raw) })?;
        Ok(Sdk { library, raw: Raw(raw) })
    }

    pub fn register(&self, number: u8, work: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) -> Result<Daemon, String> {
        let context = Box::into_raw(Box::new(Context { library: self.library.clone(), process: Box::new(work) }));
        let table = Vtable { process: Some(process), others: [0; 5] };
        let (seed, mut raw) = ([number; 32], std::ptr::null_mut());
        let register = self.library.net_meshos_register_daemon_with_vtable;
        let name = b"rust\0".as_ptr().cast();
        self.library.check(unsafe {
            register(self.raw.0, name, 4, seed.as_ptr(), &table, context.cast(), &mut raw)
        })?;
        let id = unsafe { (self.library.net_meshos_handle_daemon_id)(raw) };
        Ok(Daemon { sdk: self.clone(), raw: Raw(raw), id, context })
    }

    pub fn shutdown(&self) -> Result<(), String> {
        self.library.check(unsafe { (self.library.net_meshos_sdk_shutdown)(self.raw.0) })?;
        unsafe { (self.library.net_meshos_sdk_free)(self.raw.0) };
        Ok(())
    }
}

impl Daemon {
    pub fn deliver(&self, payload: &[u8]) -> Result<Vec<Vec<u8>>, String> {
        let mut outputs: Vec<Vec<u8>> = Vec::new();
        let (library, event) = (&self.sdk.library, event(payload));
        let into = (&mut outputs as *mut Vec<Vec<u8>>).cast();
        library.check(unsafe {
            (library.net_meshos_ext_deliver)(self.sdk.raw.0, self.id, &event, Some(collect), into)
        })?;
        Ok(outputs)
    }

    pub fn post(&self, payloads: &[&[u8]]) -> Result<(), String> {
        let events: Vec<Event> = payloads.iter().map(|payload| event(payload)).collect();
        let (library, mut accepted) = (&self.sdk.library, 0);
        library.check(unsafe {
            (library.net_meshos_ext_post)(self.sdk.raw.0, self.id, events.as_ptr(), events.len(), &mut accepted)
        })
    }

    pub fn flush(&self) -> Result<(), String> {
        let library = &self.sdk.library;
        library.check(unsafe { (library.net_meshos_ext_flush)(self.sdk.raw.0, self.id, 0) })
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        unsafe {
            (self.sdk.library.net_meshos_handle_free)(self.raw.0);
            drop(Box::from_raw(self.context));
        }
    }
}
