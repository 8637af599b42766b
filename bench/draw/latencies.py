"""How long single calls took: which share of them took longer than a time."""

from matplotlib.lines import Line2D

import look

PANELS = (
    ("A control event under load, until it is received", ("lateness",), "lateness_p99"),
    ("ext_deliver while another thread allocates", ("pauses", "pauses_outside"), "pauses_p999"),
)
NAMES = {
    "lateness": "control events",
    "pauses": "calls of ext_deliver",
    "pauses_outside": "the machine alone at the same time",
}


def slower(buckets):
    """(time, share of the calls that took at least so long), from a histogram in powers of two."""
    total = left = sum(bucket["count"] for bucket in buckets)
    for bucket in buckets:
        yield bucket["from_ns"], left / total
        left -= bucket["count"]


def draw_panel(bench, axes, title, keys, limit):
    histograms = {histogram["key"]: histogram for histogram in bench["histograms"]}
    legend = []
    for i, key in enumerate(keys):
        colour = look.COLOURS[0] if i == 0 else look.FAINT
        for library, _, _ in look.libraries(bench):
            buckets = histograms.get(key, {"libraries": [[]] * 2})["libraries"][library]
            if not buckets:
                continue
            points = list(slower(buckets))
            axes.plot(*zip(*points), color=colour, linestyle="-" if library == 0 else "--", linewidth=1.8, marker="o",
                      markersize=4.5, **look.marker_style(colour, library))
        legend.append(Line2D([], [], color=colour, marker="o", markersize=4.5, label=NAMES[key]))
    if limit is not None:
        share, time, name = limit
        axes.plot([time, time], [share, 1], color=look.LIMIT, linewidth=2)
        axes.plot([time], [share], color=look.LIMIT, marker="_", markersize=13, markeredgewidth=2.2)
        legend.append(Line2D([], [], color=look.LIMIT, linewidth=2, label=f"at most for {name}"))
    axes.set_title(title, pad=10)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("time (logarithmic)")
    axes.set_ylabel("share that took longer (logarithmic)")
    axes.set_ylim(top=1.3)
    look.log_axis(axes.xaxis, look.nanoseconds)
    look.log_axis(axes.yaxis, lambda value: f"{100 * value:g} %")
    axes.legend(handles=legend, loc="upper left", bbox_to_anchor=(-0.02, -0.13))


def limit_of(figures, key):
    """(share, time in ns, name) of a percentile's limit; None where there is none."""
    figure = figures.get(key)
    if not figure or figure["at_most"] is None:
        return None
    percentile = {"p99": (0.01, "99 %"), "p999": (0.001, "99.9 %")}[key.rsplit("_", 1)[1]]
    return percentile[0], figure["at_most"] * {"us": 1e3, "ms": 1e6}[figure["in"]], f"{percentile[1]} of them"


def draw(bench):
    if not any(buckets for histogram in bench["histograms"] for buckets in histogram["libraries"]):
        return None
    figures = {figure["key"]: figure for figure in bench["figures"]}
    width, height = 13, 6.4
    figure, (bottom, top) = look.page(
        bench,
        "How long single calls of libnet_meshos take",
        "Curves further to the left are better; the end of a curve is the slowest call.",
        width,
        height,
        header=1.5,
        footer=1.75,
    )
    for i, (title, keys, limit) in enumerate(PANELS):
        axes = figure.add_axes((0.075 + i * 0.5, bottom, 0.41, top - bottom))
        draw_panel(bench, axes, title, keys, limit_of(figures, limit))
    if look.compared(bench):
        figure.legend(handles=look.library_key(bench), loc="upper right", bbox_to_anchor=(0.985, 0.985), ncols=2)
    return figure
