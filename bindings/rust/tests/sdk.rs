//! The SDK and its handles: every other call, in what order things may go, threads.

mod common;

use common::{eventually, seed, ticking};
use net_meshos::*;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{mpsc, Arc, Mutex};
use std::time::Duration;

fn echo(event: &Event<'_>, out: &Emitter<'_>) -> std::result::Result<(), Failure> {
    out.emit(event.payload());
    Ok(())
}

fn kind<T: std::fmt::Debug>(result: Result<T>) -> Kind {
    result.unwrap_err().kind().clone()
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn what_must_be_send_and_sync_is() {
    fn both<T: Send + Sync>() {}
    both::<Sdk>();
    both::<Handle>();
    both::<Emitter<'_>>();
    both::<Event<'_>>();
    both::<State>();
    both::<Error>();
}

#[test]
fn starts_with_options_and_with_json() {
    assert!(!version().is_empty());
    let sdk = Sdk::start(Options { this_node: 4660, ..Options::default() }).unwrap();
    let handle = sdk.register_plain("d", &seed(1)).unwrap();
    assert!(handle.metadata().unwrap().contains("\"node_id\":4660"));
    assert!(Sdk::with_config(r#"{"this_node": 77}"#).unwrap().runtime_json().unwrap().contains("77"));
    Sdk::with_config("").unwrap();
    let error = Sdk::with_config(r#"{"no_such_key": 1}"#).err().unwrap();
    assert_eq!((error.kind(), error.status()), (&Kind::InvalidArgument, -3));
    assert!(error.message().contains("no_such_key"));
    assert_eq!(last_error().unwrap().message(), error.message());
    clear_last_error();
    assert_eq!(last_error(), None);
    let options = Options { event_queue_capacity: 1 << 61, ..Options::default() };
    assert_eq!(Sdk::start(options).err().unwrap().kind(), &Kind::RuntimePanic);
}

#[test]
fn posting() {
    let sdk = Sdk::with_config(r#"{"inbox_capacity": 4}"#).unwrap();
    let gate = Arc::new(Mutex::new(0));
    let counted = gate.clone();
    let begun = Arc::new(AtomicBool::new(false));
    let begins = begun.clone();
    let handle = sdk
        .register_fn("slow", &seed(1), move |_, _| {
            begins.store(true, Ordering::Relaxed);
            *counted.lock().unwrap() += 1;
            Ok(())
        })
        .unwrap();
    let closed = gate.lock().unwrap();
    let events = [Event::new(b"event"); 20];
    sdk.post(handle.id(), "event").unwrap();
    eventually(|| begun.load(Ordering::Relaxed)); // from then on nothing makes room
    let mut accepted = 1 + sdk.post_batch(handle.id(), &events).unwrap();
    assert!((4..20).contains(&accepted));
    assert_eq!(kind(sdk.post(handle.id(), "one")), Kind::QueueFull);
    assert_eq!(kind(sdk.flush_timeout(handle.id(), Duration::ZERO)), Kind::Timeout);
    assert_eq!(sdk.post_wait_timeout(handle.id(), &events, Duration::ZERO).unwrap(), 0);
    drop(closed);
    sdk.post_wait(handle.id(), &events).unwrap();
    accepted += events.len();
    sdk.flush_timeout(handle.id(), MINUTE).unwrap();
    sdk.flush_all().unwrap();
    assert_eq!(*gate.lock().unwrap(), accepted);
    assert_eq!(sdk.post_batch(handle.id(), &[]).unwrap(), 0);
    assert_eq!(kind(sdk.post_batch(12345, &events)), Kind::NotFound);
    sdk.deliver(handle.id(), b"").unwrap();
}

#[test]
fn outputs_and_subscriptions() {
    let sdk = ticking();
    let (sender, outputs) = mpsc::channel();
    let sender = Mutex::new(sender);
    let from = sdk.register("from", &seed(1), echo).unwrap();
    let to = sdk.register("to", &seed(2), echo).unwrap();
    sdk.set_output(move |o| Ok(sender.lock().unwrap().send((o.daemon_id, o.payload.to_vec()))?)).unwrap();
    sdk.subscribe(from.id(), to.id()).unwrap();
    sdk.post(from.id(), "a").unwrap();
    assert_eq!(outputs.recv_timeout(MINUTE).unwrap(), (from.id(), b"a".to_vec()));
    assert_eq!(outputs.recv_timeout(MINUTE).unwrap(), (to.id(), b"a".to_vec()));
    sdk.unsubscribe(from.id(), to.id()).unwrap();
    assert_eq!(kind(sdk.unsubscribe(from.id(), to.id())), Kind::NotFound);

    sdk.set_output(|_| Err("no room".into())).unwrap();
    // The function before has been dropped, and its end of the channel with it.
    assert!(outputs.try_iter().next().is_none() && outputs.recv().is_err());
    sdk.deliver(from.id(), "b").unwrap();
    assert_eq!(sdk.output_failure().unwrap(), "output function: no room");
    sdk.clear_output().unwrap();

    let panic = std::panic::catch_unwind(|| sdk.deliver_with(from.id(), "c", |_| panic!("mine")));
    assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"mine"));
}

#[test]
fn output_functions_that_are_exchanged_all_the_time() {
    fn again(sdk: &std::sync::Weak<Sdk>, calls: &Arc<AtomicUsize>) {
        if calls.fetch_add(1, Ordering::SeqCst) % 16 == 0 {
            if let Some(sdk) = sdk.upgrade() {
                let (weak, calls) = (Arc::downgrade(&sdk), calls.clone());
                sdk.set_output(move |_| {
                    again(&weak, &calls);
                    Ok(())
                })
                .unwrap();
            }
        }
    }
    let sdk = Arc::new(ticking());
    let calls = Arc::new(AtomicUsize::new(0));
    {
        let (weak, calls) = (Arc::downgrade(&sdk), calls.clone());
        let first = move |_: Output<'_>| {
            again(&weak, &calls);
            Ok(())
        };
        sdk.set_output(first).unwrap();
    }
    let handles: Vec<_> = (0..4).map(|n| sdk.register("d", &seed(n), echo).unwrap()).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..200 {
                let (weak, calls) = (Arc::downgrade(&sdk), calls.clone());
                sdk.set_output(move |_| {
                    again(&weak, &calls);
                    Ok(())
                })
                .unwrap();
            }
        });
        for handle in &handles {
            let sdk = &sdk;
            scope.spawn(move || {
                for _ in 0..500 {
                    sdk.deliver(handle.id(), "x").unwrap();
                }
            });
        }
    });
    assert!(calls.load(Ordering::SeqCst) > 0);
    sdk.shutdown().unwrap();
}

// What the function holds stays until the SDK ends, if it has set another one: the library doesn't wait for it then.
#[test]
fn an_output_function_that_exchanges_itself() {
    let sdk = ticking();
    let held = Arc::new(());
    let ((tell, told), (open, gate)) = (mpsc::channel(), mpsc::channel());
    let (same, gate, mine) = (sdk.clone(), Mutex::new(gate), held.clone());
    sdk.set_output(move |_| {
        let _ = &mine;
        same.set_output(|_| Ok(()))?;
        tell.send(())?;
        gate.lock().unwrap().recv()?;
        Ok(())
    })
    .unwrap();
    let daemon = sdk.register("d", &seed(1), echo).unwrap();
    sdk.post(daemon.id(), "x").unwrap();
    told.recv_timeout(MINUTE).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| sdk.clear_output().unwrap());
        open.send(()).unwrap();
    });
    sdk.flush_all().unwrap();
    assert_eq!(Arc::strong_count(&held), 2);
}

#[test]
fn logs() {
    let sdk = ticking();
    let handle = sdk.register_plain("logger", &seed(1)).unwrap();
    let (sender, lines) = mpsc::channel();
    let (sender, id) = (Mutex::new(sender), handle.id());
    sdk.on_log(Level::Warn, move |record| {
        assert!(record.number > 0 && record.unix_ms > 0);
        if record.daemon_id == id && record.level == Level::Error {
            sender.lock().unwrap().send(record.message.to_owned())?;
        }
        Err("after all".into())
    })
    .unwrap();
    handle.log(Level::Info, "not this").unwrap();
    handle.log(Level::Error, "with a \0 in it").unwrap();
    handle.log(Level::Error, "").unwrap();
    assert_eq!(lines.recv_timeout(MINUTE).unwrap(), "with a \0 in it");
    assert_eq!(lines.recv_timeout(MINUTE).unwrap(), "");
    eventually(|| sdk.log_failure().as_deref() == Some("log function: after all"));
    sdk.clear_log().unwrap();
    assert!(lines.recv().is_err());
    assert!(sdk.logs_json(0, 0).unwrap().contains("not this"));
    assert_eq!(sdk.logs_json(1_000_000, 1).unwrap(), "[]");
}

#[test]
fn control_and_the_end_of_a_daemon() {
    let sdk = ticking();
    let handle = sdk.register("d", &seed(1), echo).unwrap();
    let id = handle.id();
    assert_eq!(handle.try_next_control().unwrap(), None);
    assert_eq!(handle.next_control_timeout(Duration::ZERO).unwrap(), None);
    assert_eq!(handle.next_control_timeout(Duration::from_millis(1)).unwrap(), None);
    assert_eq!(kind(handle.done()), Kind::InvalidState);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            assert_eq!(handle.next_control().unwrap(), Some(Control::Shutdown(MINUTE)));
            handle.done().unwrap();
        });
        sdk.stop_daemon(id, MINUTE).unwrap();
    });
    assert_eq!(kind(sdk.post(id, "x")), Kind::Stopped);
    sdk.restart_daemon(id).unwrap();
    assert_eq!(sdk.deliver(id, "x").unwrap(), [b"x"]);
    sdk.enter_maintenance(Duration::ZERO).unwrap();
    assert!(matches!(handle.next_control_timeout(MINUTE).unwrap(), Some(Control::DrainStart(_))));
    assert_eq!(kind(sdk.post(id, "x")), Kind::Draining);
    assert!(handle.refresh_metadata().unwrap().contains("maintenance"));
    sdk.exit_maintenance().unwrap();
    assert_eq!(kind(sdk.exit_maintenance()), Kind::InvalidState);
    handle.publish_capabilities(r#"["gpu"]"#).unwrap();
    assert!(sdk.daemon_json(id).unwrap().contains("gpu"));
    handle.publish_capabilities("").unwrap();
    assert_eq!(kind(handle.publish_capabilities("{}")), Kind::InvalidArgument);
    assert_eq!(sdk.dropped_control_events(), Some(0));
    handle.graceful_shutdown(Duration::from_millis(1)).unwrap();
    assert_eq!(handle.id(), id);
    assert_eq!(kind(handle.metadata()), Kind::AlreadyShutdown);
    assert_eq!(kind(sdk.daemon_json(id)), Kind::NotFound);
}

#[test]
fn metrics_and_new_seeds() {
    let (sdk, one) = (ticking(), new_seed().unwrap());
    assert!(one != new_seed().unwrap() && one != [0; SEED_LEN]);
    let _handle = sdk.register_plain("d", &one).unwrap();
    assert!(sdk.metrics().unwrap().contains("# EOF"));
    assert_eq!(kind(sdk.post_wait(12345, &[Event::new(b"x")])), Kind::NotFound);
}

#[test]
fn handles_and_sdks_are_dropped_in_any_order() {
    let sdk = ticking();
    let handle = sdk.register("d", &seed(1), echo).unwrap();
    let clone = sdk.clone();
    drop(sdk);
    assert_eq!(clone.deliver(handle.id(), "x").unwrap(), [b"x"]);
    clone.shutdown().unwrap();
    assert_eq!(kind(clone.shutdown()), Kind::AlreadyShutdown);
    assert_eq!(clone.dropped_control_events(), None);
    drop(clone);
    assert_eq!(handle.next_control().unwrap(), None);
    assert!(handle.metadata().unwrap().contains("\"d\""));
    assert_eq!(kind(handle.log(Level::Info, "x")), Kind::LoopClosed);
    assert!(format!("{handle:?}").contains("\"d\""));
}

#[test]
fn a_wait_ends_when_the_sdk_shuts_down() {
    let sdk = ticking();
    let handle = sdk.register_plain("d", &seed(1)).unwrap();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| handle.next_control().unwrap());
        sdk.shutdown().unwrap();
        assert_eq!(waiter.join().unwrap(), None);
    });
}
