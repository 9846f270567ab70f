"""Times one peer over the candles of a Parquet file (ts, symbol, open, high, low, close, volume) and says how long it took.

Prints one JSON document: `seconds` of each run after a first one that warms up, `columns`, and the library's `version`.
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
    parser.add_argument("--warmup", type=int, default=0, help="first bars that are left out of that file")
    args = parser.parse_args()

    peer = importlib.import_module(f"{args.peer}_features")
    candles = pl.read_parquet(args.candles).with_columns(pl.col("symbol").cast(pl.String)).sort("symbol", "ts")
    if args.bars is not None:
        candles = candles.group_by("symbol", maintain_order=True).tail(args.bars)
    bars = peer.load(candles)

    seconds = []
    for _ in range(args.runs + 1):
        began = time.perf_counter()
        features = peer.features(bars)
        seconds.append(time.perf_counter() - began)

    table = peer.table(bars, features)
    if args.out is not None:
        place = pl.int_range(pl.len()).over("symbol")
        table.filter(place >= args.warmup).write_parquet(args.out)
    version = importlib.import_module(args.peer).__version__
    json.dump({"seconds": seconds[1:], "columns": table.width - 2, "version": version}, sys.stdout)


if __name__ == "__main__":
    main()
