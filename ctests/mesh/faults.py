"""The faults that there are. Each is a function that is told where, in one of the files kills, limits and surprises; with the
decorator it says what it needs."""

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
