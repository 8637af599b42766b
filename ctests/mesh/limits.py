"""What is long, much or many, and stores without room."""

from faults import fault, kill_node
from process import PATIENCE, Failure, wait_for
from scene import CROWD, OTHER
from server import OutsideServer, SmallServer
from world import Patient, check_books


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
    for _ in range(2):
        kill_node(scene)


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
    posting = list(scene.posters)
    patient = Patient(scene.world, 97, scene.counter, 79, **scene.mesh)
    scene.posters.append(patient)
    scene.pause()
    if not patient.waits():
        raise Failure("a post that waits for room has ended without any")
    scene.hang.unlink()
    for poster in posting:
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
