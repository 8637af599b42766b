//! A daemon is an actor of kameo.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use kameo::error::Infallible;
use kameo::mailbox;
use kameo::prelude::*;
use kameo::supervision::RestartPolicy;
use netmeshos_peers::*;

const CASES: &[&str] = &["single", "spread", "pipeline", "ask", "wake", "lives", "memory", "restart"];

fn main() {
    let Some(case) = chosen_case(CASES) else { return };
    runtime().block_on(async {
        match case.as_str() {
            "single" => single().await,
            "spread" => spread().await,
            "pipeline" => pipeline().await,
            "ask" => ask().await,
            "wake" => wake().await,
            "lives" => lives().await,
            "memory" => memory().await,
            _ => restart().await,
        }
    });
}

#[derive(Actor, Default)]
struct Daemon {
    counter: Counter,
    next: Option<ActorRef<Daemon>>,
}

struct Post(Event);

impl Message<Post> for Daemon {
    type Reply = ();

    async fn handle(&mut self, Post(event): Post, _: &mut Context<Self, ()>) {
        self.counter.take(&event);
        if let Some(next) = &self.next {
            send(next, event).await;
        }
    }
}

#[derive(Reply)]
struct Ask(Event);

impl Message<Ask> for Daemon {
    type Reply = Ask;

    async fn handle(&mut self, ask: Ask, _: &mut Context<Self, Ask>) -> Ask {
        ask
    }
}

struct Total;

impl Message<Total> for Daemon {
    type Reply = (u64, u64);

    async fn handle(&mut self, _: Total, _: &mut Context<Self, (u64, u64)>) -> (u64, u64) {
        (self.counter.events, self.counter.sum)
    }
}

fn start(next: Option<ActorRef<Daemon>>) -> ActorRef<Daemon> {
    Daemon::spawn_with_mailbox(Daemon { next, ..Daemon::default() }, mailbox::bounded(INBOX))
}

async fn send(daemon: &ActorRef<Daemon>, event: Event) {
    if daemon.tell(Post(event)).await.is_err() {
        fail("an actor takes no events");
    }
}

/// What a daemon has counted when it has processed what was sent before.
async fn total(daemon: &ActorRef<Daemon>) -> Counter {
    match daemon.ask(Total).await {
        Ok((events, sum)) => Counter { events, sum },
        Err(_) => fail("an actor doesn't answer"),
    }
}

async fn single() {
    let n = amount(3_000_000, 20_000);
    let daemon = start(None);
    let began = Instant::now();
    for i in 0..n {
        send(&daemon, Event::new(i)).await;
    }
    let counter = total(&daemon).await;
    rate("single", n, began);
    counter.check(n);
}

async fn spread() {
    let rounds = amount(3_000, 20);
    let daemons: Vec<_> = (0..1000).map(|_| start(None)).collect();
    let began = Instant::now();
    for i in 0..rounds {
        for daemon in &daemons {
            send(daemon, Event::new(i)).await;
        }
    }
    let mut counters = Vec::new();
    for daemon in &daemons {
        counters.push(total(daemon).await);
    }
    rate("spread", rounds * daemons.len(), began);
    counters.iter().for_each(|counter| counter.check(rounds));
}

async fn pipeline() {
    let n = amount(2_000_000, 20_000);
    let last = start(None);
    let middle = start(Some(last.clone()));
    let first = start(Some(middle.clone()));
    let began = Instant::now();
    for i in 0..n {
        send(&first, Event::new(i)).await;
    }
    let counters = [total(&first).await, total(&middle).await, total(&last).await];
    rate("pipeline", n, began);
    counters.iter().for_each(|counter| counter.check(n));
}

async fn asks(n: usize, pause: Duration) -> Vec<Duration> {
    let daemon = start(None);
    let mut answered = Counter::default();
    let mut took = Vec::with_capacity(n);
    for i in 0..n {
        if !pause.is_zero() {
            std::thread::sleep(pause);
        }
        let began = Instant::now();
        let answer = daemon.ask(Ask(Event::new(i))).await;
        took.push(began.elapsed());
        match answer {
            Ok(Ask(event)) => answered.take(&event),
            Err(_) => fail("an actor doesn't answer"),
        }
    }
    answered.check(n);
    took
}

async fn ask() {
    let mut took = asks(amount(100_000, 1_000), Duration::ZERO).await;
    percentile("ask_p50", &mut took, 0.5);
    percentile("ask_p99", &mut took, 0.99);
}

async fn wake() {
    percentile("wake", &mut asks(amount(20_000, 200), Duration::ZERO).await, 0.5);
    percentile("wake_idle", &mut asks(amount(500, 5), Duration::from_millis(2)).await, 0.5);
}

async fn end(daemon: ActorRef<Daemon>) {
    if daemon.stop_gracefully().await.is_err() {
        fail("an actor has stopped too early");
    }
    daemon.wait_for_shutdown().await;
}

async fn lives() {
    let n = amount(50_000, 200);
    let began = Instant::now();
    for _ in 0..n {
        end(Daemon::spawn(Daemon::default())).await;
    }
    each("life", n, began);
    let began = Instant::now();
    for _ in 0..n {
        let daemon = Daemon::spawn(Daemon::default());
        send(&daemon, Event::new(0)).await;
        total(&daemon).await.check(1);
        end(daemon).await;
    }
    each("life_event", n, began);
}

async fn memory() {
    let n = amount(100_000, 1_000);
    let mut daemons = Vec::with_capacity(n);
    let before = resident();
    for _ in 0..n {
        daemons.push(Daemon::spawn(Daemon::default()));
    }
    for daemon in &daemons {
        daemon.wait_for_startup().await;
    }
    report("idle", (resident() - before) / n as f64);
    for daemon in &daemons {
        send(daemon, Event::new(0)).await;
    }
    for daemon in &daemons {
        total(daemon).await.check(1);
    }
    report("idle_event", (resident() - before) / n as f64);
}

struct Supervisor;

impl Actor for Supervisor {
    type Args = ();
    type Error = Infallible;

    async fn on_start(_: (), _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(Supervisor)
    }
}

/// Fails with its first event, by a panic.
#[derive(Actor, Clone)]
struct Patient {
    failed: Arc<Mutex<Instant>>,
    resumed: Sender<Instant>,
}

impl Message<Post> for Patient {
    type Reply = ();

    async fn handle(&mut self, Post(event): Post, _: &mut Context<Self, ()>) {
        if event.number == 0 {
            *self.failed.lock().unwrap() = Instant::now();
            panic!("the first event fails");
        }
        let _ = self.resumed.send(Instant::now());
    }
}

async fn restart() {
    let supervisor = Supervisor::spawn(());
    let mut took = Vec::new();
    for _ in 0..amount(500, 10) {
        let (resumed, resumptions) = channel();
        let failed = Arc::new(Mutex::new(Instant::now()));
        let patient = Patient::supervise(&supervisor, Patient { failed: failed.clone(), resumed })
            .restart_policy(RestartPolicy::Transient)
            .spawn()
            .await;
        if patient.tell(Post(Event::new(0))).await.is_err() {
            fail("an actor takes no events");
        }
        // An event that waits when its actor fails may be lost. So events are sent until one arrives.
        let deadline = Instant::now() + Duration::from_secs(10);
        let resumed = loop {
            let _ = patient.tell(Post(Event::new(1))).try_send();
            match resumptions.recv_timeout(Duration::from_micros(1)) {
                Ok(resumed) => break resumed,
                Err(_) if Instant::now() > deadline => fail("an actor hasn't been restarted"),
                Err(_) => {}
            }
        };
        took.push(resumed.duration_since(*failed.lock().unwrap()));
        if patient.stop_gracefully().await.is_err() {
            fail("an actor has stopped too early");
        }
    }
    percentile("restart", &mut took, 0.5);
}
