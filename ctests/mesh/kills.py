"""Nodes and servers are killed, stopped, cut off and handed over."""

import time

from faults import fault, kill_node
from process import wait_for
from server import Cluster, whole


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
