"""Draws what meshos-bench has measured: draw.py BENCH_JSON FOLDER [FORMAT].

Writes calls.FORMAT, scaling.FORMAT and latencies.FORMAT (svg unless told) into the folder; one of which nothing was
measured is left out.
"""

import calls
import drawing
import latencies
import scaling

if __name__ == "__main__":
    drawing.write(__doc__, ("calls", calls.draw), ("scaling", scaling.draw), ("latencies", latencies.draw))
