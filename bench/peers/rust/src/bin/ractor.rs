//! A daemon is an actor of ractor, whose mailboxes have no bounds.

use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use netmeshos_peers::*;
use ractor::rpc::CallResult;
use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort, SupervisionEvent};

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

struct Daemon;

struct State {
    counter: Counter,
    next: Option<ActorRef<Request>>,
}

enum Request {
    Post(Event),
    Ask(Event, RpcReplyPort<Event>),
    Total(RpcReplyPort<Counter>),
}

impl Actor for Daemon {
    type Msg = Request;
    type State = State;
    type Arguments = Option<ActorRef<Request>>;

    async fn pre_start(&self, _: ActorRef<Request>, next: Self::Arguments) -> Result<State, ActorProcessingErr> {
        Ok(State { counter: Counter::default(), next })
    }

    async fn handle(
        &self,
        _: ActorRef<Request>,
        request: Request,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match request {
            Request::Post(event) => {
                state.counter.take(&event);
                if let Some(next) = &state.next {
                    next.cast(Request::Post(event))?;
                }
            }
            Request::Ask(event, reply) => reply.send(event)?,
            Request::Total(reply) => reply.send(state.counter)?,
        }
        Ok(())
    }
}

async fn start(next: Option<ActorRef<Request>>) -> ActorRef<Request> {
    match Actor::spawn(None, Daemon, next).await {
        Ok((daemon, _)) => daemon,
        Err(why) => fail(&why.to_string()),
    }
}

fn send(daemon: &ActorRef<Request>, event: Event) {
    if daemon.cast(Request::Post(event)).is_err() {
        fail("an actor takes no events");
    }
}

async fn answer_of<T: Send + 'static>(
    daemon: &ActorRef<Request>,
    request: impl FnOnce(RpcReplyPort<T>) -> Request,
) -> T {
    match daemon.call(request, None).await {
        Ok(CallResult::Success(answer)) => answer,
        _ => fail("an actor doesn't answer"),
    }
}

/// What a daemon has counted when it has processed what was sent before.
async fn total(daemon: &ActorRef<Request>) -> Counter {
    answer_of(daemon, Request::Total).await
}

async fn single() {
    let n = amount(3_000_000, 20_000);
    let daemon = start(None).await;
    let began = Instant::now();
    for i in 0..n {
        send(&daemon, Event::new(i));
    }
    let counter = total(&daemon).await;
    rate("single", n, began);
    counter.check(n);
}

async fn spread() {
    let rounds = amount(3_000, 20);
    let mut daemons = Vec::new();
    for _ in 0..1000 {
        daemons.push(start(None).await);
    }
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

async fn pipeline() {
    let n = amount(2_000_000, 20_000);
    let last = start(None).await;
    let middle = start(Some(last.clone())).await;
    let first = start(Some(middle.clone())).await;
    let began = Instant::now();
    for i in 0..n {
        send(&first, Event::new(i));
    }
    let counters = [total(&first).await, total(&middle).await, total(&last).await];
    rate("pipeline", n, began);
    counters.iter().for_each(|counter| counter.check(n));
}

async fn asks(n: usize, pause: Duration) -> Vec<Duration> {
    let daemon = start(None).await;
    let mut answered = Counter::default();
    let mut took = Vec::with_capacity(n);
    for i in 0..n {
        if !pause.is_zero() {
            std::thread::sleep(pause);
        }
        let began = Instant::now();
        let event = answer_of(&daemon, |reply| Request::Ask(Event::new(i), reply)).await;
        took.push(began.elapsed());
        answered.take(&event);
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

async fn end(daemon: ActorRef<Request>) {
    if daemon.stop_and_wait(None, None).await.is_err() {
        fail("an actor hasn't stopped");
    }
}

async fn lives() {
    let n = amount(50_000, 200);
    let began = Instant::now();
    for _ in 0..n {
        end(start(None).await).await;
    }
    each("life", n, began);
    let began = Instant::now();
    for _ in 0..n {
        let daemon = start(None).await;
        send(&daemon, Event::new(0));
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
        daemons.push(start(None).await);
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

/// Fails with its first event, by a panic. The supervisor replaces it by another, which gets the next event.
struct Patient {
    failed: Sender<Instant>,
    resumed: Sender<Instant>,
}

impl Actor for Patient {
    type Msg = Event;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Event>, _: ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(&self, _: ActorRef<Event>, event: Event, _: &mut ()) -> Result<(), ActorProcessingErr> {
        if event.number == 0 {
            let _ = self.failed.send(Instant::now());
            panic!("the first event fails");
        }
        let _ = self.resumed.send(Instant::now());
        Ok(())
    }
}

struct Supervisor;

impl Supervisor {
    async fn spawn(
        &self,
        myself: ActorRef<()>,
        times: &(Sender<Instant>, Sender<Instant>),
        number: usize,
    ) -> Result<(), ActorProcessingErr> {
        let patient = Patient { failed: times.0.clone(), resumed: times.1.clone() };
        let (patient, _) = Actor::spawn_linked(None, patient, (), myself.get_cell()).await?;
        patient.cast(Event::new(number))?;
        Ok(())
    }
}

impl Actor for Supervisor {
    type Msg = ();
    type State = (Sender<Instant>, Sender<Instant>);
    type Arguments = (Sender<Instant>, Sender<Instant>);

    async fn pre_start(&self, myself: ActorRef<()>, times: Self::Arguments) -> Result<Self::State, ActorProcessingErr> {
        self.spawn(myself, &times, 0).await?;
        Ok(times)
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<()>,
        happened: SupervisionEvent,
        times: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        if let SupervisionEvent::ActorFailed(..) = happened {
            self.spawn(myself, times, 1).await?;
        }
        Ok(())
    }
}

async fn restart() {
    let mut took = Vec::new();
    for _ in 0..amount(500, 10) {
        let ((failed, failures), (resumed, resumptions)) = (channel(), channel());
        let Ok((supervisor, _)) = Actor::spawn(None, Supervisor, (failed, resumed)).await else {
            fail("a supervisor hasn't started")
        };
        let wait = Duration::from_secs(10);
        match (failures.recv_timeout(wait), resumptions.recv_timeout(wait)) {
            (Ok(failed), Ok(resumed)) => took.push(resumed.duration_since(failed)),
            _ => fail("an actor hasn't been replaced"),
        }
        supervisor.stop(None);
    }
    percentile("restart", &mut took, 0.5);
}
