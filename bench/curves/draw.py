"""Draws curves.json: draw.py CURVES_JSON FOLDER writes curves.svg."""

import drawing
import look
from matplotlib.lines import Line2D

PANELS = (
    ("Threads that post", "events in a second, millions", ("producers_1", "producers_8")),
    ("Daemons", "events in a second, millions", ("daemons",)),
    ("Subscribers of one daemon", "events in a second, millions", ("subscribers",)),
    ("Size of an event", "time of one event (logarithmic)", ("post_size", "deliver_size", "copy")),
    ("Copies of a byte", "copies", ("post_copies", "deliver_copies")),
    ("Delivers inside delivers", "time of the outermost (logarithmic)", ("nested",)),
)
# The axis has no 0: an empty event is drawn where half of the smallest would be, and labelled.
EMPTY = 16


def draw_panel(report, axes, title, quantity, keys, first_style):
    curves = {curve["key"]: curve for curve in report["curves"]}
    legend, times, ticks = [], False, {}
    for i, key in enumerate(keys):
        if key not in curves:
            continue
        curve = curves[key]
        style = (first_style + i) % len(look.COLOURS)
        colour, marker = look.COLOURS[style], look.MARKERS[style]
        times = curve["unit"] in ("ns", "µs")
        scale = 1e3 if curve["unit"] == "µs" else 1
        for library, _, _ in look.libraries(report):
            points = [
                (point["x"] or EMPTY, point["libraries"][library]["best"] * scale)
                for point in curve["points"]
                if point["libraries"][library]
            ]
            axes.plot(*zip(*points), color=colour, marker=marker, markersize=6, linewidth=1.8,
                      linestyle="-" if library == 0 else "--", **look.marker_style(colour, library))
        ticks.update({point["x"] or EMPTY: point["x"] for point in curve["points"]})
        legend.append(Line2D([], [], color=colour, marker=marker, label=curve["title"]))
        axes.set_xlabel(curve["x"] + " (logarithmic)")
    axes.set_title(title, pad=10)
    axes.set_xscale("log")
    axes.set_ylabel(quantity)
    if times:
        axes.set_yscale("log")
        look.log_axis(axes.yaxis, look.nanoseconds)
    else:
        axes.set_ylim(bottom=0)
    axes.set_xticks(list(ticks), [short(x) for x in ticks.values()])
    axes.set_xticks([], minor=True)
    axes.legend(handles=legend, loc="upper left", bbox_to_anchor=(-0.02, -0.17))


def short(x):
    for size, letter in ((1 << 20, "M"), (1 << 10, "K")):
        if x >= size and x % size == 0:
            return f"{x // size}{letter}"
    return f"{x:,}"


def draw(report):
    if not report["curves"]:
        return None
    width, height = 14, 11.4
    figure, (bottom, top) = look.page(
        report,
        "How libnet_meshos scales",
        "Best of the rounds, counts checked. Each post is a call of its own.",
        width,
        height,
        header=1.5,
        footer=1.9,
    )
    tall = (top - bottom - 0.18) / 2
    style = 0
    for i, (title, quantity, keys) in enumerate(PANELS):
        axes = figure.add_axes((0.065 + i % 3 * 0.325, top - tall - i // 3 * (tall + 0.18), 0.255, tall))
        draw_panel(report, axes, title, quantity, keys, style)
        style += len(keys)
    if look.compared(report):
        figure.legend(handles=look.library_key(report), loc="upper right", bbox_to_anchor=(0.985, 0.985), ncols=2)
    return figure


if __name__ == "__main__":
    drawing.write(__doc__, ("curves", draw))
