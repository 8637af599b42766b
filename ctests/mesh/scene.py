"""What a fault happens to."""

import time

from world import Poster, check_books, check_outputs

COUNTER, BOOK, OTHER = 1, 2, 3  # the seeds of the daemons
CROWD = 1000  # the seed before those of many


class Scene:
    """Two nodes that both have the counter and the book that is subscribed to it, and a third that posts."""

    def __init__(self, world, dice, long, nodes=2, options=(), proxied=False, skewed=False, batch=None, pad=0, quiet=False, **mesh):
        mesh.setdefault("waiting_max_bytes", 1 << 20)  # what is posted can be processed on a slow machine, too
        self.world, self.dice, self.long, self.mesh = world, dice, long, mesh
        self.hang = world.folder / "hang"  # while this file is there, process() of the counter doesn't return
        self.hang_book = world.folder / "hang-book"
        self.hang_other = world.folder / "hang-other"
        self.nodes = [world.node(n + 1, proxied, skewed, **mesh) for n in range(nodes)]
        for node in self.nodes:
            self.counter = node.register("counter", COUNTER, "echo", f"hang={self.hang}", *options)
            self.book = node.register("book", BOOK, f"hang={self.hang_book}")
        self.nodes[0].ask("subscribe", self.counter, self.book)
        self.poster = Poster(world, 99, self.counter, 77, batch or dice.choice([1, 16, 256]), pad, quiet, **mesh)
        self.posters = [self.poster]
        self.without = 0  # the event that the counter can't process

    def pause(self, least=0.05, most=0.6):
        time.sleep(self.dice.uniform(least, most))

    def owner(self):
        """The node that runs the counter, as far as the others know."""
        look = [d for d in self.world.look("daemons") if int(d["id"]) == self.counter]
        for node in self.nodes:
            if look and node.number == int(look[0]["node_id"]):
                return node
        return self.dice.choice(self.nodes)

    def another_poster(self, number, origin):
        """One more node that posts to the counter."""
        one = self.poster
        self.posters.append(Poster(self.world, number, self.counter, origin, one.batch, one.pad, **self.mesh))
        return self.posters[-1]

    def finish(self):
        accepted = [poster.finish() for poster in self.posters]
        asker = self.poster.node
        books = [
            check_books(asker, self.counter, poster.origin, n, "the counter", self.without)
            for poster, n in zip(self.posters, accepted)
        ]
        count, total = (sum(numbers) for numbers in zip(*books))
        check_outputs(asker, self.book, self.counter, count, total, "the book of its outputs")
        return sum(accepted)
