"""Times how long polars takes from a query to a frame: the server's Parquet export, read from memory.

Reads a JSON document with the `url` of the export and the header `authorization` from stdin.

Prints one JSON document: `seconds` of each run after a first one that warms up, `rows`, `columns` and the `version`.
"""

import argparse
import io
import json
import sys
import time
import urllib.request

import polars as pl


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    asked = json.load(sys.stdin)
    request = urllib.request.Request(asked["url"], headers={"Authorization": asked["authorization"]})

    seconds = []
    for _ in range(args.runs + 1):
        began = time.perf_counter()
        with urllib.request.urlopen(request) as answer:
            frame = pl.read_parquet(io.BytesIO(answer.read()))
        frame = frame.sort("ts", "symbol")
        seconds.append(time.perf_counter() - began)
    said = {"seconds": seconds[1:], "rows": frame.height, "columns": frame.width - 2, "version": pl.__version__}
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
