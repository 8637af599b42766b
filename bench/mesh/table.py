"""The figures of a mesh as a table of Markdown."""

import os
import platform

SYNCS = ("unsynced", "synced")


def machine():
    """The machine, in plain words."""
    processor = "processor unknown"
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            processor = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    name = os.uname()
    return {
        "processor": processor,
        "processors": os.cpu_count(),
        "system": f"{name.sysname} {name.release.split('-')[0]} {platform.machine()}",
    }


def shown(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def goal(row, sync):
    """What is asked, as a number: a goal of the row's own, or a multiple of the bare server's figure."""
    own = row["goals"][SYNCS.index(sync)]
    if own is None and row.get("ratio") and sync == "unsynced" and row[sync]["bare"]:
        return row["ratio"] * row[sync]["bare"]
    return own


def met(row, sync):
    """True, False, or None where nothing is asked or was measured."""
    best, asked = row[sync]["best"], goal(row, sync)
    if best is None or asked is None:
        return None
    return best >= asked if row["more_is_better"] else best <= asked


def cell(row, sync):
    text = shown(row[sync]["best"])
    if row.get("ratio") and row[sync]["best"] and row[sync]["bare"]:
        text += f" ({row[sync]['best'] / row[sync]['bare']:.1f} ×)"
    return f"**{text}**" if met(row, sync) is False else text


def asked(row, sync):
    text = shown(goal(row, sync))
    if text and row.get("ratio") and row["goals"][SYNCS.index(sync)] is None:
        text += f" ({row['ratio']:g} ×)"
    return text and ("≥ " if row["more_is_better"] else "≤ ") + text


def out_of_reach(report):
    """A sentence for each goal that the bare server misses itself."""
    lines = []
    for row in report["figures"]:
        for sync in SYNCS:
            bare, wanted = row[sync]["bare"], goal(row, sync)
            if row.get("ceiling") and bare and wanted and bare < wanted:
                lines.append(f"The bare server itself does {shown(bare)} {row['unit']} here, {sync}, where {shown(wanted)} are asked: {row['title']}.")
    return lines


def markdown(report):
    """A row for each case. What misses its goal is bold."""
    lines = [
        "| | in | unsynced | goal | bare server | synced | goal | bare server |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in report["figures"]:
        cells = [row["title"], row["unit"]]
        for sync in SYNCS:
            cells += [cell(row, sync), asked(row, sync), shown(row[sync]["bare"])]
        lines.append("| " + " | ".join(cells) + " |")
    for line in out_of_reach(report):
        lines += ["", line]
    return "\n".join(lines)


def measured_on(report):
    machine = report["machine"]
    return (
        f"{machine['processor']}, {machine['processors']} processors, {machine['system']}; best of {report['rounds']} rounds, "
        f"each with a new server, `meshos up --sync 2m` and `--sync always`, on the same machine; the library: {report['version']}."
    )
