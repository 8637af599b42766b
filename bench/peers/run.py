#!/usr/bin/env python3
"""Compares the library with its peers. README.md says what is measured, and how.

    run.py [--only PEER,...] [--cases CASE,...] [--lib LIBRARY] [--vs LIBRARY] [--rounds N] [--quick]
           [--build FOLDER]

Writes table.md and peers.json into FOLDER/peers/ and prints the table. Status 1: a program counts wrong, crashes or
hangs; 2: nothing was measured; 77: the machine lacks what all the chosen peers need.
"""

import sys
from pathlib import Path

import options
import peers
import table
from figures import CASES
from rounds import run_rounds


def builds(o, folder):
    """The peers that can run here, and the command of each."""
    there, commands, lacking = [], {}, None
    for key in options.chosen(o.only, [peer.key for peer in peers.PEERS], "peer"):
        peer = next(peer for peer in peers.PEERS if peer.key == key)
        print(f"building the program of {peer.title}", file=sys.stderr)
        try:
            program = peers.build(peer, folder)
            peer = peers.version(peer)
        except peers.Lacking as why:
            lacking = f"skip {peer.title}: {why}"
            print(lacking, file=sys.stderr)
            continue
        except peers.Unbuilt as unbuilt:
            options.refuse(unbuilt)
        if peer.key != "ours":
            there.append(peer)
            commands[peer.key] = [program]
            continue
        for name, library in (("ours", o.lib or f"{o.build}/libnet_meshos.so"), ("vs", o.vs)):
            if library:
                options.need_library(library)
                own = name == "ours" and not o.lib
                there.append(
                    peer._replace(
                        key=name,
                        title=peer.title if name == "ours" else "VS",
                        version=peer.version if own else table.fingerprint(library),
                    )
                )
                commands[name] = [program, str(Path(library).resolve())]
    if not there:
        print(lacking)
        sys.exit(77)
    return there, commands


def main():
    p = options.parser(__doc__, "these peers, such as ours,kameo", "another build of the library, as one more peer")
    p.add_argument("--cases", help="these cases, such as single,wake")
    o = options.parse(p)
    wanted = options.chosen(o.cases, [case.key for case in CASES], "case")
    folder = Path(o.build) / "peers"
    folder.mkdir(parents=True, exist_ok=True)
    there, commands = builds(o, folder)
    has = {key: peers.cases_of(command) for key, command in commands.items()}
    plan = [(case, [(peer.key, commands[peer.key]) for peer in there if case in has[peer.key]]) for case in wanted]
    if not any(runs for _, runs in plan):
        options.refuse("there is nothing to measure")
    values, failures = run_rounds(plan, o.rounds, o.quick, o.limit)
    report = {
        "machine": table.machine(),
        "rounds": o.rounds,
        "quick": o.quick,
        "libraries": [{"path": path} for path in options.libraries(o)],
        "peers": [peer._asdict() for peer in there],
        "figures": table.results(there, values, failures),
    }
    table.write(report, folder / "peers.json")
    text = table.markdown(report)
    (folder / "table.md").write_text(text + "\n", encoding="utf-8")
    print(text)
    options.end(o, [f"{peer}, {case}: {why}" for (peer, case), why in failures.items()])


if __name__ == "__main__":
    main()
