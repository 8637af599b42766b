//! A daemon is an actor of actix on an arbiter, which is a thread with a loop. There is one for each processor.

use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use actix::prelude::*;
use netmeshos_peers::*;

const CASES: &[&str] = &["single", "spread", "pipeline", "ask", "wake", "lives", "memory", "restart"];

fn main() {
    let Some(case) = chosen_case(CASES) else { return };
    System::new().block_on(async {
        let arbiters: Vec<_> =
            (0..std::thread::available_parallelism().map_or(2, usize::from)).map(|_| Arbiter::new()).collect();
        match case.as_str() {
            "single" => single(&arbiters).await,
            "spread" => spread(&arbiters).await,
            "pipeline" => pipeline(&arbiters).await,
            "ask" => ask(&arbiters).await,
            "wake" => wake(&arbiters).await,
            "lives" => lives(&arbiters).await,
            "memory" => memory(&arbiters).await,
            _ => restart(&arbiters),
        }
    });
}

#[derive(Default)]
struct Daemon {
    counter: Counter,
    next: Option<Addr<Daemon>>,
    ended: Option<Sender<()>>,
}

impl Actor for Daemon {
    type Context = Context<Self>;

    fn stopped(&mut self, _: &mut Context<Self>) {
        if let Some(ended) = &self.ended {
            let _ = ended.send(());
        }
    }
}

#[derive(Message)]
#[rtype(result = "()")]
struct Post(Event);

impl Handler<Post> for Daemon {
    type Result = ();

    fn handle(&mut self, Post(event): Post, _: &mut Context<Self>) {
        self.counter.take(&event);
        if let Some(next) = &self.next {
            next.do_send(Post(event));
        }
    }
}

#[derive(Message, MessageResponse)]
#[rtype(result = "Ask")]
struct Ask(Event);

impl Handler<Ask> for Daemon {
    type Result = Ask;

    fn handle(&mut self, ask: Ask, _: &mut Context<Self>) -> Ask {
        ask
    }
}

#[derive(Message)]
#[rtype(result = "(u64, u64)")]
struct Total;

impl Handler<Total> for Daemon {
    type Result = MessageResult<Total>;

    fn handle(&mut self, _: Total, _: &mut Context<Self>) -> MessageResult<Total> {
        MessageResult((self.counter.events, self.counter.sum))
    }
}

#[derive(Message)]
#[rtype(result = "()")]
struct End(Sender<()>);

impl Handler<End> for Daemon {
    type Result = ();

    fn handle(&mut self, End(ended): End, context: &mut Context<Self>) {
        self.ended = Some(ended);
        context.stop();
    }
}

fn start(arbiter: &Arbiter, next: Option<Addr<Daemon>>) -> Addr<Daemon> {
    Daemon::start_in_arbiter(&arbiter.handle(), |_| Daemon { next, ..Daemon::default() })
}

fn send(daemon: &Addr<Daemon>, event: Event) {
    daemon.do_send(Post(event));
}

/// What a daemon has counted when it has processed what was sent before.
async fn total(daemon: &Addr<Daemon>) -> Counter {
    match daemon.send(Total).await {
        Ok((events, sum)) => Counter { events, sum },
        Err(why) => fail(&why.to_string()),
    }
}

async fn single(arbiters: &[Arbiter]) {
    let n = amount(5_000_000, 20_000);
    let daemon = start(&arbiters[0], None);
    let began = Instant::now();
    for i in 0..n {
        send(&daemon, Event::new(i));
    }
    let counter = total(&daemon).await;
    rate("single", n, began);
    counter.check(n);
}

async fn spread(arbiters: &[Arbiter]) {
    let rounds = amount(3_000, 20);
    let daemons: Vec<_> = (0..1000).map(|i| start(&arbiters[i % arbiters.len()], None)).collect();
    let began = Instant::now();
    for i in 0..rounds {
        for daemon in &daemons {
            send(daemon, Event::new(i));
        }
    }
    let mut counters = Vec::new();
    for daemon in &daemons {
        counters.push(total(daemon).await);
    }
    rate("spread", rounds * daemons.len(), began);
    counters.iter().for_each(|counter| counter.check(rounds));
}

async fn pipeline(arbiters: &[Arbiter]) {
    let n = amount(2_000_000, 20_000);
    let last = start(&arbiters[0], None);
    let middle = start(&arbiters[1 % arbiters.len()], Some(last.clone()));
    let first = start(&arbiters[0], Some(middle.clone()));
    let began = Instant::now();
    for i in 0..n {
        send(&first, Event::new(i));
    }
    let counters = [total(&first).await, total(&middle).await, total(&last).await];
    rate("pipeline", n, began);
    counters.iter().for_each(|counter| counter.check(n));
}

async fn asks(arbiter: &Arbiter, n: usize, pause: Duration) -> Vec<Duration> {
    let daemon = start(arbiter, None);
    let mut answered = Counter::default();
    let mut took = Vec::with_capacity(n);
    for i in 0..n {
        if !pause.is_zero() {
            std::thread::sleep(pause);
        }
        let began = Instant::now();
        let answer = daemon.send(Ask(Event::new(i))).await;
        took.push(began.elapsed());
        match answer {
            Ok(Ask(event)) => answered.take(&event),
            Err(why) => fail(&why.to_string()),
        }
    }
    answered.check(n);
    took
}

async fn ask(arbiters: &[Arbiter]) {
    let mut took = asks(&arbiters[0], amount(50_000, 1_000), Duration::ZERO).await;
    percentile("ask_p50", &mut took, 0.5);
    percentile("ask_p99", &mut took, 0.99);
}

async fn wake(arbiters: &[Arbiter]) {
    percentile("wake", &mut asks(&arbiters[0], amount(20_000, 200), Duration::ZERO).await, 0.5);
    percentile("wake_idle", &mut asks(&arbiters[0], amount(500, 5), Duration::from_millis(2)).await, 0.5);
}

/// Ends a daemon and waits until it has stopped.
fn end(daemon: Addr<Daemon>) {
    let (ended, end) = channel();
    daemon.do_send(End(ended));
    if end.recv_timeout(Duration::from_secs(10)).is_err() {
        fail("an actor hasn't stopped");
    }
}

async fn lives(arbiters: &[Arbiter]) {
    let n = amount(20_000, 200);
    let began = Instant::now();
    for _ in 0..n {
        end(start(&arbiters[0], None));
    }
    each("life", n, began);
    let began = Instant::now();
    for _ in 0..n {
        let daemon = start(&arbiters[0], None);
        send(&daemon, Event::new(0));
        total(&daemon).await.check(1);
        end(daemon);
    }
    each("life_event", n, began);
}

async fn memory(arbiters: &[Arbiter]) {
    let n = amount(100_000, 1_000);
    let mut daemons = Vec::with_capacity(n);
    let before = resident();
    for i in 0..n {
        daemons.push(start(&arbiters[i % arbiters.len()], None));
    }
    for daemon in &daemons {
        if daemon.send(Ask(Event::new(0))).await.is_err() {
            fail("an actor hasn't started");
        }
    }
    report("idle", (resident() - before) / n as f64);
    for daemon in &daemons {
        send(daemon, Event::new(0));
    }
    for daemon in &daemons {
        total(daemon).await.check(1);
    }
    report("idle_event", (resident() - before) / n as f64);
}

/// Fails with its first event: it stops its context, and its supervisor gives it another. A panic would end the
/// arbiter's thread.
struct Patient {
    failed: Option<Instant>,
    took: Sender<Duration>,
}

impl Actor for Patient {
    type Context = Context<Self>;
}

impl Supervised for Patient {}

impl Handler<Post> for Patient {
    type Result = ();

    fn handle(&mut self, Post(event): Post, context: &mut Context<Self>) {
        if event.number == 0 {
            self.failed = Some(Instant::now());
            context.stop();
        } else if let Some(failed) = self.failed {
            let _ = self.took.send(failed.elapsed());
        }
    }
}

fn restart(arbiters: &[Arbiter]) {
    let mut times = Vec::new();
    for _ in 0..amount(500, 10) {
        let (took, durations) = channel();
        let patient = Supervisor::start_in_arbiter(&arbiters[0].handle(), |_| Patient { failed: None, took });
        patient.do_send(Post(Event::new(0)));
        patient.do_send(Post(Event::new(1)));
        match durations.recv_timeout(Duration::from_secs(10)) {
            Ok(took) => times.push(took),
            Err(_) => fail("an actor hasn't been restarted"),
        }
    }
    percentile("restart", &mut times, 0.5);
}
