"""What each call costs, beside what it may cost and what the reference takes."""

from matplotlib.lines import Line2D

import look

UNITS_TITLE = "Calls: what one costs"
SHARES_TITLE = "Memory, threads and real time: share of what is allowed"


def reference_range(figure):
    """(least, most, has a star) of "7.7", "0.5-0.9" or "23*"; None where there is none."""
    text = figure.get("reference", "-")
    numbers = [float(part) for part in text.rstrip("*").split("-") if part]
    return (min(numbers), max(numbers), text.endswith("*")) if numbers else None


def measured(figure, library, scale):
    """(least, median, most) of the rounds, scaled; None where it wasn't measured."""
    result = figure["libraries"][library]
    if result["median"] is None:
        return None
    rounds = [value / unit for value, unit in zip(result["rounds"], scale(result))]
    ordered = sorted(rounds)
    return ordered[0], ordered[len(ordered) // 2], ordered[-1]


def row(axes, y, figure, bench, scale, limit, reference, label):
    """Draws a figure as one row, and writes what it is beside it. Returns all the values that were drawn."""
    apart = 0.17 if look.compared(bench) else 0
    drawn = [limit] if limit is not None else []
    for library, _, _ in look.libraries(bench):
        at = y - apart + 2 * apart * library
        colour = look.LIBRARY_COLOURS[library]
        found = measured(figure, library, scale)
        if found is None or found[1] <= 0:
            write(axes, y, library, figure["libraries"][library]["outcome"] if found is None else label(found[1]), colour)
            continue
        low, median, high = found
        axes.plot([max(low, median / 10), high], [at, at], color=colour, linewidth=2, alpha=0.55, solid_capstyle="butt")
        axes.plot([median], [at], marker="o", markersize=6, linestyle="none", **look.marker_style(colour, library))
        write(axes, y, library, label(median), colour)
        drawn += [max(low, median / 10), high]
    if limit is not None:
        axes.plot([limit, limit], [y - 0.36, y + 0.36], color=look.LIMIT, linewidth=2)
        write(axes, y, len(bench["libraries"]), label(limit), look.LIMIT)
    if reference is not None:
        least, most, star = reference
        axes.plot([least, most], [y + 0.33, y + 0.33], color=look.REFERENCE, linewidth=1.4, marker="|", markersize=5)
        if star:
            axes.annotate("*", (most, y + 0.33), xytext=(3, 2), textcoords="offset points", color=look.REFERENCE,
                          va="center", fontsize=9)
        drawn += [least, most]
    return drawn


def quantity(value, name):
    """A figure with its unit, as short as it can be."""
    if name == "us":
        return look.nanoseconds(1000 * value)
    return f"{look.number(value)} {look.UNITS.get(name, name)}".rstrip()


def write(axes, y, column, text, colour, **style):
    """Text to the right of the axes, in one of the columns there."""
    axes.text(1.09 + 0.115 * column, y, text, transform=axes.get_yaxis_transform(), ha="right", va="center", fontsize=8.5,
              color=colour, **style)


def write_titles(axes, bench, last):
    for library, letter, _ in look.libraries(bench):
        write(axes, -0.95, library, f"median {letter}" if look.compared(bench) else "median", look.LIBRARY_COLOURS[library],
              fontweight="bold")
    write(axes, -0.95, len(bench["libraries"]), last, look.LIMIT, fontweight="bold")


def prepare(axes, rows, title, quantity, tick):
    axes.set_title(title, pad=8)
    axes.set_xscale("log")
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", linestyle="none")
    axes.set_xlabel(quantity)
    for y in range(0, len(rows), 2):
        axes.axhspan(y - 0.5, y + 0.5, color="#f6f7f9", zorder=-2)
    look.log_axis(axes.xaxis, tick)


def fit(axes, drawn):
    axes.set_xlim(min(drawn) / 1.6, max(drawn) * 1.6)


def key(bench):
    handles = []
    if look.compared(bench):
        handles += look.library_key(bench, look.LIBRARY_COLOURS)
        for handle in handles:
            handle.set_linestyle("-")
    else:
        handles.append(Line2D([], [], color=look.LIBRARY_COLOURS[0], marker="o", label="measured"))
    handles[0].set_label(handles[0].get_label() + ": median; bar from the best round to the worst")
    handles.append(Line2D([], [], color=look.LIMIT, marker="|", markersize=11, markeredgewidth=2, linestyle="none",
                          label="at most"))
    handles.append(Line2D([], [], color=look.REFERENCE, marker="|", label="the Rust cdylib (*: its Rust function)"))
    return handles


def draw(bench):
    table = [f for f in bench["figures"] if f["in_table"]]
    costs = [f for f in table if f["in"] == "ns"]
    shares = [f for f in table if f["in"] != "ns" and f["at_most"] is not None]
    if not costs and not shares:
        return None
    per_row, gap = 0.3, 1.5
    height = 1.6 + per_row * (len(costs) + len(shares)) + (gap if costs and shares else 0.8) + 0.9
    width = 13
    figure, (bottom, top) = look.page(
        bench,
        "What the calls of libnet_meshos cost",
        "One unit is a lock and unlock of a mutex that nobody else wants. Further to the left is better.",
        width,
        height,
        header=1.85,
        footer=1.0,
    )
    left, breadth = 0.31, 0.49 if look.compared(bench) else 0.54
    if costs:
        size = per_row * len(costs) / height
        axes = figure.add_axes((left, top - size, breadth, size))
        prepare(axes, [f["title"] for f in costs], UNITS_TITLE, "units for one call (logarithmic)", look.number)
        drawn = []
        for y, f in enumerate(costs):
            drawn += row(axes, y, f, bench, lambda r: r["units_ns"], f["at_most"], reference_range(f), look.number)
        write_titles(axes, bench, "at most")
        fit(axes, drawn)
    if shares:
        size = per_row * len(shares) / height
        axes = figure.add_axes((left, bottom, breadth, size))
        prepare(axes, [f["title"] for f in shares], SHARES_TITLE, "share of what is allowed (logarithmic)",
                lambda value: f"{look.number(100 * value)} %")
        drawn = []
        for y, f in enumerate(shares):
            reference = reference_range(f)
            if reference is not None:
                reference = (reference[0] / f["at_most"], reference[1] / f["at_most"], reference[2])
            drawn += row(axes, y, f, bench, lambda r, f=f: [f["at_most"]] * len(r["rounds"]), 1, reference,
                         lambda share, f=f: quantity(share * f["at_most"], f["in"]))
        write_titles(axes, bench, "at most")
        fit(axes, drawn)
    figure.legend(handles=key(bench), loc="upper left", bbox_to_anchor=(0.012, 1 - 1.0 / height), ncols=4)
    return figure
