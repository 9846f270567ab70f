"""Times one peer over the candles of a Parquet file (ts, symbol, open, high, low, close, volume) and says how long it took.

Prints one JSON document: `seconds` and `cpu_seconds` of each run after a first one that warms up, `columns`, and the
library's `version`.
Reading and writing files is not timed: the peer has its bars in memory, the way it likes them best, and leaves its
features there.
"""

import argparse
import importlib
import json
import sys
import time
from pathlib import Path

import polars as pl


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=["pandas", "polars"])
    parser.add_argument("--candles", type=Path, required=True)
    parser.add_argument("--bars", type=int, help="the newest so many of each symbol; all unless given")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, help="Parquet file for the features of the last run")
    parser.add_argument("--newest", type=int, help="so many bars of each symbol in that file; all unless given")
    args = parser.parse_args()

    peer = importlib.import_module(f"{args.peer}_features")
    candles = pl.read_parquet(args.candles).with_columns(pl.col("symbol").cast(pl.String)).sort("symbol", "ts")
    if args.bars is not None:
        candles = candles.group_by("symbol", maintain_order=True).tail(args.bars)
    bars = peer.load(candles)

    seconds, cpu_seconds = [], []
    for _ in range(args.runs + 1):
        began, cpu_began = time.perf_counter(), time.process_time()
        features = peer.features(bars)
        seconds.append(time.perf_counter() - began)
        cpu_seconds.append(time.process_time() - cpu_began)

    table = peer.table(bars, features)
    if args.out is not None:
        if args.newest is not None:
            table = table.group_by("symbol", maintain_order=True).tail(args.newest)
        table.write_parquet(args.out)
    version = importlib.import_module(args.peer).__version__
    said = {"seconds": seconds[1:], "cpu_seconds": cpu_seconds[1:], "columns": table.width - 2, "version": version}
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
