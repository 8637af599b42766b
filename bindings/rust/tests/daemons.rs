//! Daemons: which traits are used, who drops them, what becomes of errors and panics.

mod common;

use common::{eventually, seed, ticking};
use net_meshos::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{mpsc, Arc, Mutex};
use std::time::Duration;

#[derive(Default)]
struct Seen {
    dropped: AtomicUsize,
    healths: AtomicUsize,
    saturations: AtomicUsize,
}

struct Complete {
    seen: Arc<Seen>,
    controls: mpsc::Sender<Control>,
    total: usize,
}

impl Complete {
    fn new(seen: &Arc<Seen>) -> (Complete, mpsc::Receiver<Control>) {
        let (controls, receiver) = mpsc::channel();
        (Complete { seen: seen.clone(), controls, total: 0 }, receiver)
    }
}

impl Drop for Complete {
    fn drop(&mut self) {
        self.seen.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

impl Daemon for Complete {
    fn process(&mut self, event: &Event<'_>, out: &Emitter<'_>) -> Result<(), Failure> {
        match event.payload() {
            b"fail" => return Err("on purpose".into()),
            b"panic" => panic!("panicked on {}", "purpose"),
            b"odd" => std::panic::panic_any(7),
            _ => {}
        }
        self.total += event.payload().len();
        out.emit(event.payload());
        out.emit(format!("{}/{}", event.origin_hash(), event.sequence()));
        Ok(())
    }
}

impl Stateful for Complete {
    fn snapshot(&mut self, out: &StateEmitter<'_>) -> Result<(), Failure> {
        if self.total == 13 {
            out.emit("half of it");
            return Err("unlucky".into());
        }
        out.emit(self.total.to_string());
        Ok(())
    }
    fn restore(&mut self, state: &[u8]) -> Result<(), Failure> {
        self.total = std::str::from_utf8(state)?.parse()?;
        Ok(())
    }
}

impl ReceivesControl for Complete {
    fn on_control(&mut self, what: Control) -> Result<(), Failure> {
        Ok(self.controls.send(what)?)
    }
}

impl ReportsHealth for Complete {
    fn health(&mut self) -> Result<Health, Failure> {
        self.seen.healths.fetch_add(1, Ordering::SeqCst);
        Ok(Health::Degraded)
    }
}

impl ReportsSaturation for Complete {
    fn saturation(&mut self) -> Result<f32, Failure> {
        self.seen.saturations.fetch_add(1, Ordering::SeqCst);
        Ok(0.5)
    }
}

#[test]
fn every_trait_is_used() {
    let (sdk, seen) = (ticking(), Arc::new(Seen::default()));
    let (daemon, controls) = Complete::new(&seen);
    let seed = seed(1);
    let all = sdk.daemon("complete", &seed, daemon);
    let all = all.stateful().receives_control().reports_health().reports_saturation();
    let handle = all.register().unwrap();
    assert_eq!(handle.name(), "complete");
    assert_ne!(handle.id(), 0);

    let mut outputs = Vec::new();
    sdk.deliver_with(handle.id(), Event::from("hello").with_origin(3).with_sequence(4), |o| {
        outputs.push((o.daemon_id, o.in_origin_hash, o.in_sequence, o.out_sequence, o.payload.to_vec()));
    })
    .unwrap();
    assert_eq!(outputs[0], (handle.id(), 3, 4, 1, b"hello".to_vec()));
    assert_eq!(outputs[1], (handle.id(), 3, 4, 2, b"3/4".to_vec()));

    assert_eq!(&*sdk.snapshot(handle.id()).unwrap(), b"5");
    sdk.restore(handle.id(), b"40").unwrap();
    assert_eq!(sdk.snapshot(handle.id()).unwrap().as_ref(), b"40");
    eventually(|| seen.healths.load(Ordering::SeqCst) > 0 && seen.saturations.load(Ordering::SeqCst) > 0);

    sdk.enter_maintenance(Duration::from_millis(1234)).unwrap();
    let told = controls.recv_timeout(Duration::from_secs(60)).unwrap();
    assert!(matches!(told, Control::DrainStart(grace) if grace <= Duration::from_millis(1234) && !grace.is_zero()));
    assert_eq!(handle.next_control().unwrap(), Some(told));
    assert_eq!(seen.dropped.load(Ordering::SeqCst), 0);
    drop(handle);
    assert_eq!(seen.dropped.load(Ordering::SeqCst), 1);
}

#[test]
fn a_trait_that_is_not_named_is_not_used() {
    let (sdk, seen) = (ticking(), Arc::new(Seen::default()));
    let (daemon, _controls) = Complete::new(&seen);
    let handle = sdk.register("plain", &seed(1), daemon).unwrap();
    assert!(sdk.snapshot(handle.id()).unwrap().is_empty());
    assert_eq!(sdk.restore(handle.id(), b"1").unwrap_err().kind(), &Kind::RestoreFailed);
    assert_eq!(seen.healths.load(Ordering::SeqCst), 0);
}

#[test]
fn a_failure_of_process_is_that_of_the_event_and_is_kept() {
    let (sdk, seen) = (ticking(), Arc::new(Seen::default()));
    let (daemon, _controls) = Complete::new(&seen);
    let handle = sdk.register("failing", &seed(1), daemon).unwrap();
    assert_eq!(handle.failure(), None);
    for (payload, words) in [("fail", "on purpose"), ("panic", "panic: panicked on purpose"), ("odd", "panic")] {
        let error = sdk.deliver(handle.id(), payload).unwrap_err();
        assert_eq!(error.kind(), &Kind::ProcessFailed);
        assert_eq!(error.status(), -2);
        assert!(error.message().ends_with(words), "{error}");
        assert_eq!(handle.failure().unwrap(), format!("process: {words}"));
    }
    sdk.post(handle.id(), "fail").unwrap();
    sdk.flush(handle.id()).unwrap();
    assert_eq!(handle.failure().unwrap(), "process: on purpose");
    eventually(|| sdk.logs_json(0, 0).unwrap().contains("process: on purpose"));
    assert_eq!(sdk.deliver(handle.id(), "on").unwrap()[0], b"on");
}

#[test]
fn a_failure_of_snapshot_or_restore_is_the_error() {
    let (sdk, seen) = (ticking(), Arc::new(Seen::default()));
    let (daemon, _controls) = Complete::new(&seen);
    let handle = sdk.daemon("failing", &seed(1), daemon).stateful().register().unwrap();
    let error = sdk.restore(handle.id(), b"bad").unwrap_err();
    assert_eq!(error.kind(), &Kind::RestoreFailed);
    assert!(error.message().contains("invalid digit"), "{error}");
    sdk.restore(handle.id(), b"13").unwrap();
    let error = sdk.snapshot(handle.id()).unwrap_err();
    assert_eq!((error.kind(), error.kind().as_str()), (&Kind::CallbackFailed, "callback_failed"));
    assert!(error.to_string().contains("unlucky"));
    // The library has got none, nor half of one.
    let (mut data, mut len) = (std::ptr::null_mut(), 0);
    let status = unsafe { net_meshos::sys::net_meshos_ext_snapshot(sdk.as_raw(), handle.id(), &mut data, &mut len) };
    assert_eq!((status, data.is_null(), len), (0, true, 0));
}

struct Thrower;
impl Daemon for Thrower {
    fn process(&mut self, _: &Event<'_>, _: &Emitter<'_>) -> Result<(), Failure> {
        Ok(())
    }
}
impl ReportsHealth for Thrower {
    fn health(&mut self) -> Result<Health, Failure> {
        panic!("ill")
    }
}
impl ReceivesControl for Thrower {
    fn on_control(&mut self, _: Control) -> Result<(), Failure> {
        Err("told".into())
    }
}

#[test]
fn failures_of_the_other_methods_are_kept() {
    let sdk = ticking();
    let handle = sdk.daemon("ill", &seed(1), Thrower).reports_health().register().unwrap();
    eventually(|| handle.failure().as_deref() == Some("health: panic: ill"));
    eventually(|| sdk.daemon_json(handle.id()).unwrap().contains("unhealthy"));
    let other = sdk.daemon("told", &seed(2), Thrower).receives_control().register().unwrap();
    sdk.enter_maintenance(Duration::ZERO).unwrap();
    eventually(|| other.failure().as_deref() == Some("on_control: told"));
}

#[test]
fn failures_of_nested_deliveries() {
    let sdk = ticking();
    let inner = sdk.register_fn("inner", &seed(1), |_, _| Err("inner words".into())).unwrap();
    let (same, id) = (sdk.clone(), inner.id());
    let outer = sdk
        .register_fn("outer", &seed(2), move |event, out| {
            let error = same.deliver(id, *event).unwrap_err();
            assert!(error.message().contains("inner words"));
            if event.payload() == b"fail" {
                return Err("outer words".into());
            }
            out.emit("caught");
            Ok(())
        })
        .unwrap();
    assert_eq!(sdk.deliver(outer.id(), "go on").unwrap(), [b"caught"]);
    let error = sdk.deliver(outer.id(), "fail").unwrap_err();
    assert!(error.message().contains("outer words") && !error.message().contains("inner words"));
    drop(outer); // it holds a clone of its own SDK
}

#[test]
fn a_failed_registration_drops_the_daemon() {
    let (sdk, seen) = (ticking(), Arc::new(Seen::default()));
    let dropped = || seen.dropped.load(Ordering::SeqCst);
    let first = sdk.register("first", &seed(1), Complete::new(&seen).0).unwrap();
    let error = sdk.register("again", &seed(1), Complete::new(&seen).0).unwrap_err();
    assert_eq!((error.kind(), dropped()), (&Kind::RegisterFailed, 1));
    let error = sdk.register("n\0l", &seed(2), Complete::new(&seen).0).unwrap_err();
    assert_eq!((error.kind(), dropped()), (&Kind::RuntimePanic, 2));
    let error = sdk.daemon("again", &seed(1), Complete::new(&seen).0).register_forever().unwrap_err();
    assert_eq!((error.kind(), dropped()), (&Kind::RegisterFailed, 3));
    sdk.shutdown().unwrap();
    assert_eq!(dropped(), 4);
    let error = sdk.register("late", &seed(2), Complete::new(&seen).0).unwrap_err();
    assert_eq!((error.kind(), error.status(), dropped()), (&Kind::AlreadyShutdown, -4, 5));
    drop(first);
}

#[test]
fn a_daemon_that_lives_forever() {
    let (sdk, seen) = (ticking(), Arc::new(Seen::default()));
    let handle = sdk.daemon("forever", &seed(1), Complete::new(&seen).0).stateful().register_forever().unwrap();
    assert_eq!(sdk.deliver(handle.id(), "x").unwrap()[0], b"x");
    drop(handle);
    drop(sdk);
    assert_eq!(seen.dropped.load(Ordering::SeqCst), 0);
}

#[test]
fn a_callback_may_drop_its_own_handle_and_sdk() {
    struct Gone(mpsc::Sender<()>);
    impl Drop for Gone {
        fn drop(&mut self) {
            self.0.send(()).unwrap();
        }
    }
    let (sender, gone) = mpsc::channel();
    let sdk = ticking();
    let own: Arc<Mutex<Option<(Handle, Sdk)>>> = Arc::default();
    let (mine, last) = (own.clone(), Gone(sender));
    let handle = sdk
        .register_fn("own", &seed(1), move |_, _| {
            let _ = &last;
            let taken = mine.lock().unwrap().take();
            drop(taken);
            Ok(())
        })
        .unwrap();
    let id = handle.id();
    let raw = sdk.clone();
    *own.lock().unwrap() = Some((handle, sdk));
    raw.post(id, "go").unwrap();
    drop(raw);
    gone.recv_timeout(Duration::from_secs(60)).unwrap();
}

#[test]
fn a_drop_that_panics_ends_there() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in drop");
        }
    }
    let sdk = ticking();
    let bomb = Bomb;
    let handle = sdk
        .register_fn("bomb", &seed(1), move |_, _| {
            let _ = &bomb;
            Ok(())
        })
        .unwrap();
    sdk.shutdown().unwrap();
    assert_eq!(handle.failure().unwrap(), "drop: panic: in drop");
}
