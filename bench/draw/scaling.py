"""What grows with the number of daemons, and what doesn't."""

from matplotlib.lines import Line2D

import look

PANELS = (
    ("What one call costs", "time of one call (logarithmic)", ("register", "free", "runtime_json")),
    ("What one tick costs", "processor time of one tick (logarithmic)", ("tick", "tick_health")),
    ("What the process keeps in memory", "resident memory (logarithmic)", ("resident",)),
)


def at_size(bench, figures, key, library):
    """(size, median) where it was measured. A difference that came out at 0 or below isn't drawn."""
    found = ((size, figures.get(f"{key}@{size}")) for size in bench["sizes"])
    medians = ((size, figure["libraries"][library]["median"]) for size, figure in found if figure)
    return [(size, median) for size, median in medians if median is not None and median > 0]


def limits(bench, figures, key):
    """(size, limit) in the quantity of the curve."""
    for size in bench["sizes"]:
        figure = figures.get(f"{key}@{size}")
        if figure and figure["at_most"] is not None:
            unit = figure["libraries"][0]["unit_ns"] if figure["at_most_in"] == "units" else 1
            if unit is not None:
                yield size, figure["at_most"] * unit


def draw_panel(bench, figures, axes, title, quantity, keys, first_style):
    titles = {curve["key"]: curve for curve in bench["curves"]}
    legend, top = [], 0
    for i, key in enumerate(keys):
        colour, marker = look.COLOURS[first_style + i], look.MARKERS[first_style + i]
        for library, _, _ in look.libraries(bench):
            points = at_size(bench, figures, key, library)
            if not points:
                continue
            top = max(top, *(value for _, value in points))
            axes.plot(
                *zip(*points),
                color=colour,
                marker=marker,
                markersize=6,
                linewidth=1.8,
                linestyle="-" if library == 0 else "--",
                **look.marker_style(colour, library),
            )
        legend.append(Line2D([], [], color=colour, marker=marker, label=titles[key]["title"]))
        bounds = list(limits(bench, figures, key))
        if bounds:
            axes.plot(*zip(*bounds), color=look.LIMIT, marker="_", markersize=13, markeredgewidth=2.2, linestyle="none")
            legend.append(
                Line2D([], [], color=look.LIMIT, marker="_", markersize=11, markeredgewidth=2.2, linestyle="none",
                       label=f"at most, {titles[key]['title']}")
            )
            top = max(top, *(value for _, value in bounds))
    axes.set_title(title, pad=10)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("daemons registered (logarithmic)")
    axes.set_ylabel(quantity)
    axes.set_xlim(bench["sizes"][0] * 0.7, bench["sizes"][-1] * 1.5)
    look.log_axis(axes.xaxis, look.number)
    look.log_axis(axes.yaxis, (lambda value: f"{look.number(value)} MB") if keys == ("resident",) else look.nanoseconds)
    if top == 0:
        axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, ha="center", color=look.FAINT)
    else:
        low, high = axes.get_ylim()
        axes.set_ylim(10 ** _floor(low), 10 ** _ceil(high))
    axes.legend(handles=legend, loc="upper left", bbox_to_anchor=(-0.02, -0.13), ncols=1, handlelength=2.4)


def _floor(value):
    from math import floor, log10

    return floor(log10(value) + 1e-9)


def _ceil(value):
    from math import ceil, log10

    return ceil(log10(value) - 1e-9)


def draw(bench):
    figures = {figure["key"]: figure for figure in bench["figures"]}
    keys = [key for _, _, panel in PANELS for key in panel]
    if not any(at_size(bench, figures, key, library) for key in keys for library, _, _ in look.libraries(bench)):
        return None
    width, height = 14, 6.9
    figure, (bottom, top) = look.page(
        bench,
        "How libnet_meshos scales with the number of daemons",
        "Medians. A flat line: the cost doesn't depend on how many daemons there are.",
        width,
        height,
        header=1.5,
        footer=2.0,
    )
    style = 0
    for i, (title, quantity, panel) in enumerate(PANELS):
        axes = figure.add_axes((0.065 + i * 0.325, bottom, 0.255, top - bottom))
        draw_panel(bench, figures, axes, title, quantity, panel, style)
        style += len(panel)
    if look.compared(bench):
        figure.legend(handles=look.library_key(bench), loc="upper right", bbox_to_anchor=(0.985, 0.985), ncols=2)
    return figure
