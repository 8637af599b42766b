#!/usr/bin/env python3
"""Compares the library with its peers. README.md says what is measured, and how.

    run.py [--only PEER,...] [--cases CASE,...] [--lib LIBRARY] [--vs LIBRARY] [--rounds N] [--quick]
           [--build FOLDER]

Writes table.md and peers.json into FOLDER/peers/ and prints the table. Status 1: a program counts wrong, crashes or
hangs; 2: nothing was measured; 77: the machine lacks what all the chosen peers need.
"""

import argparse
import sys
from pathlib import Path

import peers
import table
from figures import CASES
from rounds import run_rounds


def refuse(why):
    print(why, file=sys.stderr)
    sys.exit(2)


def chosen(text, known, what):
    """The words of a list with commas; all that are known where there is none."""
    words = [word for word in (text or "").split(",") if word]
    for word in words:
        if word not in known:
            refuse(f"there is no {what} '{word}': {', '.join(known)}")
    return words or list(known)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="these peers, such as ours,kameo")
    parser.add_argument("--cases", help="these cases, such as single,wake")
    parser.add_argument("--lib", help="the library; FOLDER/libnet_meshos.so unless told")
    parser.add_argument("--vs", help="another build of the library, as one more peer")
    parser.add_argument("--rounds", type=int, help="5 unless told; in a quick run 1")
    parser.add_argument("--quick", action="store_true", help="only show that everything works")
    parser.add_argument("--build", default="build", help="the build folder")
    return parser.parse_args()


def builds(o, folder):
    """The peers that can run here, and the command of each."""
    there, commands, lacking = [], {}, None
    for key in chosen(o.only, [peer.key for peer in peers.PEERS], "peer"):
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
            refuse(unbuilt)
        if peer.key != "ours":
            there.append(peer)
            commands[peer.key] = [program]
            continue
        for name, library in (("ours", o.lib or f"{o.build}/libnet_meshos.so"), ("vs", o.vs)):
            if library:
                if not Path(library).exists():
                    refuse(f"there is no library {library}")
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
    o = arguments()
    wanted = chosen(o.cases, [case.key for case in CASES], "case")
    folder = Path(o.build) / "peers"
    folder.mkdir(parents=True, exist_ok=True)
    there, commands = builds(o, folder)
    has = {key: peers.cases_of(command) for key, command in commands.items()}
    plan = [(case, [(peer.key, commands[peer.key]) for peer in there if case in has[peer.key]]) for case in wanted]
    rounds = o.rounds or (1 if o.quick else 5)
    if not any(runs for _, runs in plan):
        refuse("there is nothing to measure")
    values, failures = run_rounds(plan, rounds, o.quick, 60 if o.quick else 300)
    report = {
        "machine": table.machine(),
        "rounds": rounds,
        "quick": o.quick,
        "libraries": [{"path": path} for path in (o.lib or f"{o.build}/libnet_meshos.so", o.vs) if path],
        "peers": [peer._asdict() for peer in there],
        "figures": table.results(there, values, failures),
    }
    table.write(report, folder / "peers.json")
    text = table.markdown(report)
    (folder / "table.md").write_text(text + "\n", encoding="utf-8")
    print(text)
    if o.quick:
        print("a quick run: no figure means anything")
    for (peer, case), why in failures.items():
        print(f"FAILED {peer}, {case}: {why}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
