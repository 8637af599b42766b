"""Clocks that jump, and events that always fail."""

import time

from faults import fault, kill_node
from process import Failure, wait_for
from server import SkewedServer


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
