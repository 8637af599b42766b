"""Draws peers.json: draw.py PEERS_JSON FOLDER writes peers.svg."""

import drawing
import look

COLOURS = (*look.COLOURS, "#455a64", "#8a6d00")
MARKERS = (*look.MARKERS, "X", "*")


def ratio(figure, peer):
    """How many times better the library is than a peer; below 1: the peer is better. None where either has no figure."""
    ours, theirs = (figure["peers"].get(key, {}).get("best") for key in ("ours", peer["key"]))
    if not ours or not theirs:
        return None
    return theirs / ours if figure["more_is_better"] else ours / theirs


def caveats(report):
    for peer in report["peers"]:
        name = f"{peer['title']} {peer['version']}"
        yield f"{name}: {peer['border']}; bounded by {peer['inbox']}; event {peer['event']}; daemon on {peer['thread']}"


def draw(report):
    peers = [peer for peer in report["peers"] if peer["key"] not in ("ours", "vs")]
    figures = [f for f in report["figures"] if any(ratio(f, peer) is not None for peer in peers)]
    if not figures:
        return None
    notes = list(caveats(report))
    width, per_row = 13, 0.36
    height = 2.0 + per_row * len(figures) + 1.0 + 0.2 * len(notes)
    figure, (_, top) = look.page(
        report,
        "libnet_meshos beside actor runtimes and queues",
        "The same work, 64-byte events, best of the rounds, counts checked. The red line is libnet_meshos; peers to the "
        "right of it are better by that factor, to the left worse.",
        width,
        height,
        header=1.75,
    )
    size = per_row * len(figures) / height
    axes = figure.add_axes((0.3, top - size, 0.58, size))
    axes.set_xscale("log")
    axes.set_ylim(len(figures) - 0.4, -0.6)
    axes.set_yticks(range(len(figures)), [f["title"] for f in figures])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", linestyle="none")
    axes.axvline(1, color=look.LIMIT, linewidth=2, zorder=1)
    for y, f in enumerate(figures):
        if y % 2 == 0:
            axes.axhspan(y - 0.5, y + 0.5, color="#f6f7f9", zorder=-2)
        for i, peer in enumerate(peers):
            found = ratio(f, peer)
            if found is not None:
                axes.plot([found], [y], marker=MARKERS[i], markersize=7, color=COLOURS[i], linestyle="none", alpha=0.9)
        axes.text(1.13, y, f"{look.number(f['peers']['ours']['best'])} {f['in']}", ha="right", va="center", fontsize=9,
                  color=look.LIMIT, transform=axes.get_yaxis_transform())
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, 0.5), max(high, 2))
    look.log_axis(axes.xaxis, lambda value: f"×{value:g}")
    axes.set_xlabel("times better than libnet_meshos (logarithmic)")
    for i, peer in enumerate(peers):
        axes.plot([], [], marker=MARKERS[i], color=COLOURS[i], linestyle="none", label=peer["title"])
    figure.legend(loc="upper left", bbox_to_anchor=(0.012, 1 - 1.0 / height), ncols=8)
    for i, note in enumerate(notes):
        figure.text(0.25 / width, (0.45 + 0.2 * (len(notes) - 1 - i)) / height, note, fontsize=7.5, color=look.FAINT)
    return figure


if __name__ == "__main__":
    drawing.write(__doc__, ("peers", draw))
