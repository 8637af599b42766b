"""What happens to nodes, servers and the links between them. Each fault is a function that is told where; with the
decorator it says what it needs."""

import time

from process import PATIENCE, Failure, wait_for
from scene import CROWD, OTHER, Scene
from server import Cluster, OutsideServer, SkewedServer, SmallServer, whole
from world import check_books

FAULTS = {}  # by name: function, and what the scene needs


def fault(**needs):
    def remember(function):
        FAULTS[function.__name__] = (function, needs)
        return function

    return remember


def kill_node(scene):
    scene.pause()
    node = scene.dice.choice(scene.nodes)
    node.kill()
    scene.pause()
    node.start()


@fault()
def kill_nodes(scene):
    for _ in range(scene.dice.randint(2, 4)):
        kill_node(scene)


@fault()
def kill_server(scene):
    for _ in range(scene.dice.randint(1, 3)):
        scene.pause()
        scene.world.server.kill()
        scene.pause()
        scene.world.server.start()


@fault()
def kill_both(scene):
    for _ in range(2):
        scene.pause()
        node = scene.dice.choice(scene.nodes)
        for victim in scene.dice.sample([node, scene.world.server], 2):
            victim.kill()
        scene.pause()
        scene.world.server.start()
        node.start()


@fault()
def freeze_node(scene):
    """Longer than its lease, so that the other takes over and both believe to be active for a while."""
    for _ in range(2):
        scene.pause()
        node = scene.dice.choice(scene.nodes)
        node.freeze()
        scene.pause(1.5, 3)
        node.thaw()
        scene.pause()


@fault()
def kill_all(scene):
    scene.pause()
    for victim in scene.dice.sample([*scene.nodes, scene.world.server], 3):
        victim.kill()
    scene.pause()
    scene.world.server.start()
    for node in scene.nodes:
        node.start()


@fault()
def hand_over(scene):
    for _ in range(3):
        scene.pause()
        node = scene.dice.choice(scene.nodes)
        node.ask("drain", 20000)
        scene.pause()
        node.ask("resume")


@fault(proxied=True, request_timeout_ms=2000)
def link_faults(scene):
    """The way between a node and the server is late, silent, swallows answers, or is cut."""
    for _ in range(3):
        proxy = scene.dice.choice(scene.nodes).proxy
        what = scene.dice.choice(["delay", "hold", "swallow", "cut"])
        scene.pause()
        if what == "cut":
            proxy.cut()
            continue
        setattr(proxy, what, 0.05 if what == "delay" else True)
        scene.pause(0.5, 2.5)
        setattr(proxy, what, 0 if what == "delay" else False)
        if what == "swallow":  # what is missing in the middle of a connection ends it
            proxy.cut()


@fault(proxied=True, request_timeout_ms=2000)
def commit_in_doubt(scene):
    """The server has stored commits and the answers are lost, while another node waits for the daemon: so briefly that the
    owner goes on, or for so long that the other takes over."""
    for lost in scene.dice.sample([0.1, 0.5, 2.5], 3):
        scene.poster.goes_on()
        proxy = scene.owner().proxy
        before = proxy.swallowed
        proxy.swallow = True
        wait_for("an answer is lost", lambda p=proxy, b=before: p.swallowed > b)
        time.sleep(lost)
        proxy.cut()
        proxy.swallow = False
        scene.pause()


@fault()
def server_gap(scene):
    """The servers are away for twice the lease."""
    scene.pause()
    scene.world.server.kill()
    time.sleep(2.2)
    scene.world.server.start()
    scene.pause()


@fault(nodes=5)
def four_of_five(scene):
    for victim in scene.dice.sample(scene.nodes, 4):
        scene.pause()
        victim.kill()
    scene.pause()


@fault(options=[f"ballast={20 << 20}"], batch=256)
def large_state(scene):
    """20 MB, which no message takes."""
    for _ in range(2):
        kill_node(scene)
    scene.poster.goes_on()


def pieces(scene):
    """The numbers of the pieces that commits of the counter have been stored in."""
    return [stored["piece"] for stored in scene.world.look("events", scene.counter, "--part", "part")]


@fault(options=["pad=1000"], batch=256, commit_events=5000, commit_ms=2000)
def large_commits(scene):
    """Commits of 5,000 outputs, of which each has a kilobyte: several messages."""
    scene.hang.touch()  # so that there is enough for one
    scene.poster.goes_on(5000)
    scene.hang.unlink()
    wait_for("a commit is longer than a message", lambda: any(n > 0 for n in pieces(scene)))
    kill_nodes(scene)


@fault()
def hanging(scene):
    """process() hangs in the middle of a batch. Its node is killed, or it goes on."""
    scene.pause()
    scene.hang.touch()
    scene.pause()
    if scene.dice.random() < 0.3:
        scene.hang.unlink()
        scene.pause()
        return
    node = scene.dice.choice(scene.nodes)
    node.kill()
    scene.pause()
    scene.hang.unlink()
    node.start()
    scene.pause()


@fault(server=SmallServer, batch=64, pad=4096, waiting_max_bytes=1 << 30)
def store_full(scene):
    """The store is full of what the counter doesn't process. Posts are refused in time, while another daemon commits what it
    has; then the counter goes on, and so do the posts."""
    for node in scene.nodes:
        other = node.register("other", OTHER, f"hang={scene.hang_other}")
    scene.hang.touch()
    scene.hang_other.touch()
    many = int(scene.poster.node.ask("post", other, 88, 1, 2000).split()[1])
    scene.poster.fills()
    stuck = scene.poster.accepted
    if scene.dice.random() < 0.5:
        scene.world.server.kill()
        scene.world.server.start()
        scene.poster.fills()
    scene.hang_other.unlink()
    check_books(scene.nodes[0], other, 88, many, "the other daemon")
    if scene.dice.random() < 0.5:
        node = scene.dice.choice(scene.nodes)
        node.kill()
        node.start()
    if scene.poster.accepted > stuck + 2000:
        raise Failure(f"{scene.poster.accepted - stuck} events were accepted while the store was full")
    if scene.poster.slowest > 5:
        raise Failure(f"a post was refused after {scene.poster.slowest:.1f} s")
    scene.hang.unlink()
    scene.poster.goes_on(5000)


@fault(server=OutsideServer, batch=64, pad=4096, waiting_max_bytes=1 << 30)
def other_store_full(scene):
    """The store of a server that isn't meshos up is full: commits have no room either, until somebody gives it more."""
    scene.hang.touch()
    scene.poster.fills()
    if scene.poster.slowest > 5:
        raise Failure(f"a post was refused after {scene.poster.slowest:.1f} s")
    scene.hang.unlink()
    scene.pause()
    scene.world.server.kill()
    scene.world.server.most = "1GB"
    scene.world.server.start()
    scene.poster.goes_on(5000)


@fault(server=SkewedServer, skewed=True, batch=16)
def clock_jumps(scene):
    """Wall clocks are set, ahead and back, and monotonic clocks have jumped ahead, as after a machine was suspended."""
    clocks = [scene.world.server.clock, *(node.clock for node in scene.nodes)]
    everyone = {scene.poster.node.number, *(node.number for node in scene.nodes)}

    def all_well():
        return {int(n["node_id"]) for n in scene.world.look("nodes") if n["health"] == "Healthy"} == everyone

    far = scene.dice.choice([90, 86400, 10 * 86400])
    for jump in ({"wall": far}, {"wall": -2 * far}, {"monotonic": far}):
        for clock in scene.dice.sample(clocks, len(clocks)):
            clock.jump(**jump)
            scene.poster.goes_on()
            scene.pause()
        time.sleep(2.5)  # leases and beats that had stopped would be over
        wait_for("all nodes are well", all_well)
    kill_node(scene)  # it starts with a clock that is another than that of the others


@fault(server=Cluster, replicas=3, lease_ms=15000, request_timeout_ms=12000, start_timeout_ms=30000)
def three_servers(scene):
    """The leader of three servers is killed, then another one is cut off: it is there, and doesn't say a word."""
    cluster, stream = scene.world.server, f"MESHOS_{scene.world.name}_0"
    scene.poster.goes_on()
    leader = cluster.leader(stream)
    leader.kill()
    scene.poster.goes_on(10)
    leader.start()
    whole(cluster, stream)
    victim = scene.dice.choice(cluster.servers)
    victim.freeze()
    scene.pause(1, 8)
    victim.thaw()
    scene.poster.goes_on(10)


WAITING = 4 << 20  # waiting_max_bytes


def stored_waits(scene, most):
    """Posts are refused once so many bytes wait, and a little more for each node that posts."""
    for poster in scene.posters:
        poster.fills()
    stored = sum(poster.accepted for poster in scene.posters) * (8 + scene.poster.pad)
    most += len(scene.posters) * (WAITING // 32 + (256 << 10))
    if stored > most:
        raise Failure(f"{stored} bytes were accepted, of which at most {most} may wait")


@fault(batch=64, pad=1016, waiting_max_bytes=WAITING)
def much_waits(scene):
    """The counter hangs, and two nodes post to it until it has as much as may wait."""
    scene.hang.touch()
    scene.another_poster(98, 78)
    before = scene.poster.accepted * (8 + scene.poster.pad)  # some of it is processed
    stored_waits(scene, before + WAITING)
    kill_node(scene)
    scene.hang.unlink()
    for poster in scene.posters:
        poster.goes_on(5000)


@fault(options=["pad=1000"], batch=64, pad=1016, waiting_max_bytes=WAITING)
def slow_subscriber(scene):
    """The book hangs: the counter waits for it, and who posts to the counter for that."""
    scene.hang_book.touch()
    before = scene.poster.accepted * (8 + scene.poster.pad)
    stored_waits(scene, before + 2 * WAITING + (1 << 20))  # in the counter's inbox, in its outputs, and of one more commit
    for _ in range(2):
        kill_node(scene)
        stored_waits(scene, before + 2 * WAITING + (2 << 20))
    scene.hang_book.unlink()
    scene.poster.goes_on(5000)


POISON = 300


@fault(options=[f"poison={POISON}"], config={"on_process_failure": "skip"})
def poison_skipped(scene):
    """An event always fails, and is passed over."""
    poisoned(scene)


@fault(options=[f"poison={POISON}"], config={"on_process_failure": "restart"}, dead_letter_after=3)
def poison_retried(scene):
    """An event always fails, is tried three times, and put aside."""
    poisoned(scene)


def poisoned(scene):
    """It is a dead letter once, whatever is killed meanwhile, and all others are counted."""
    scene.without = POISON
    wait_for("the event that fails has been posted", lambda: scene.poster.accepted >= POISON)
    kill_node(scene)

    def dead():
        return [event for stored in scene.world.look("events", scene.counter, "--part", "dead") for event in stored["events"]]

    wait_for("there is a dead letter", dead)
    kill_node(scene)
    scene.poster.goes_on(POISON)
    shown = [(int(event["origin"], 16), event["sequence"]) for event in dead()]
    if shown != [(77, POISON)]:
        raise Failure(f"the dead letters are {shown}")


@fault(batch=16, quiet=True, lease_ms=5000)
def many_subscriptions(scene):
    """A producer has as many subscribers as are promised: 10,000, or a few hundred where the time is short."""
    half = 5000 if scene.long else 150
    for i, node in enumerate(scene.nodes):
        node.join("crowd", CROWD + i * half, half, scene.counter)
    for then in (kill_node, lambda _: None):
        scene.poster.going.set()
        scene.poster.goes_on(32)
        scene.poster.going.clear()
        then(scene)
    accepted = scene.poster.finish()
    last, _ = check_books(scene.poster.node, scene.counter, 77, accepted, "the counter")
    for node in scene.nodes:
        wait_for(
            f"{half} subscribers have all {last} outputs",
            lambda node=node: node.ask("agree", scene.counter, last, limit=1200) == f"ok {half}",
            limit=1200 if scene.long else PATIENCE,
        )


def stage(world, dice, long, function, needs):
    """Has a fault happen, and counts every event. Returns how many were accepted, and how many posts were repeated."""
    needs = {k: v for k, v in needs.items() if k not in ("server", "config")}
    scene = Scene(world, dice, long, **needs)
    function(scene)
    return scene.finish(), scene.poster.repeats + scene.poster.refused
