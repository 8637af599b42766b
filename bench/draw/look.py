"""How all drawings look: colours, fonts, titles, how a library is told from another, numbers for people.

Library A is drawn full, B hollow and dashed: that stays so in black and white. Colours can be told apart by the
colour-blind.
"""

import matplotlib

matplotlib.use("Agg")

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

INK, FAINT, GRID, LIMIT, REFERENCE = "#1b1b1b", "#5f6368", "#e3e5e8", "#b3261e", "#8a6d00"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#7d3c98", "#c2185b", "#5d4037")
MARKERS = ("o", "s", "^", "D", "v", "P")
UNITS = {"bytes": "B", "threads": ""}
LIBRARY_COLOURS = ("#0072b2", "#d55e00")


def use():
    matplotlib.rcParams.update(
        {
            "font.family": "DejaVu Sans",
            "font.size": 9.5,
            "text.color": INK,
            "axes.labelcolor": INK,
            "axes.edgecolor": "#9aa0a6",
            "axes.titlesize": 11,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": GRID,
            "grid.linewidth": 0.8,
            "xtick.color": INK,
            "ytick.color": INK,
            "legend.frameon": False,
            "svg.hashsalt": "meshos-bench",
        }
    )


def page(bench, title, subtitle, width, height, header=1.0, footer=0.45):
    """A figure with a title, a line below it, what was measured, and the machine at the bottom.

    Returns it with the part that is left for axes, as (bottom, top) in shares of its height. All in inches.
    """
    figure = Figure(figsize=(width, height), facecolor="white")
    left = 0.25 / width
    figure.text(left, 1 - 0.32 / height, title, fontsize=15, fontweight="bold", va="center")
    figure.text(left, 1 - 0.62 / height, subtitle, color=FAINT, va="center")
    figure.text(left, 1 - 0.84 / height, which(bench), color=FAINT, va="center", fontsize=8.5)
    machine = bench["machine"]
    figure.text(
        left,
        0.2 / height,
        f"{machine['processor']}, {machine['processors']} processors, {machine['system']}; "
        f"{bench['rounds']} rounds" + ("; QUICK RUN: NO TIME HERE MEANS ANYTHING" if bench["quick"] else ""),
        color=LIMIT if bench["quick"] else FAINT,
        fontsize=8,
        va="center",
    )
    return figure, (footer / height, 1 - header / height)


def libraries(bench):
    """(number, letter, path) of each."""
    return [(i, "AB"[i], library["path"]) for i, library in enumerate(bench["libraries"])]


def compared(bench):
    return len(bench["libraries"]) > 1


def which(bench):
    """A line that says what A and B are."""
    if not compared(bench):
        return bench["libraries"][0]["path"]
    return "   ".join(f"{letter}: {shortened(path)}" for _, letter, path in libraries(bench))


def shortened(path, most=75):
    return path if len(path) <= most else "..." + path[-(most - 3) :]


def marker_style(colour, library):
    return {"markerfacecolor": colour if library == 0 else "white", "markeredgecolor": colour, "markeredgewidth": 1.6}


def library_key(bench, colours=None):
    """Legend entries that tell the libraries apart; none where there is one."""
    if not compared(bench):
        return []
    return [
        Line2D(
            [],
            [],
            color=(colours or (FAINT, FAINT))[i],
            marker="o",
            linestyle="-" if i == 0 else "--",
            label=f"library {letter}",
            **marker_style((colours or (FAINT, FAINT))[i], i),
        )
        for i, letter, _ in libraries(bench)
    ]


def number(value):
    """As short as it can be, with commas."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def nanoseconds(value, _=None):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if value >= size * 0.9995:
            return f"{number(value / size)} {unit}"
    return f"{number(value)} ns"


def log_axis(axis, label):
    """A logarithmic axis whose decades are labelled by a function."""
    axis.set_major_locator(LogLocator(base=10, numticks=20))
    axis.set_minor_locator(LogLocator(base=10, subs=range(2, 10), numticks=100))
    axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(FuncFormatter(lambda value, _: label(value)))
