"""Times a pipeline in pandas the whole way: bars out of QuestDB, features in pandas, rows into QuestDB by its official
client, until a query has them all.

Reads a JSON document with the query for the `candles`, the `user` and the `password` from stdin.

Prints one JSON document: `seconds` and `cpu_seconds` (of Python alone) of each run after a first one that warms up.
"""

import argparse
import base64
import io
import json
import sys
import time
import urllib.parse
import urllib.request

import numpy as np
import pandas as pd
import polars as pl
from questdb import Sender

import pandas_features as peer

# The client's buffer is bounded.
CHUNK = 10_000


class Server:
    def __init__(self, address: str, user: str, password: str) -> None:
        self.address, self.user, self.password = address, user, password

    def ask(self, path: str, **query: str) -> bytes:
        both = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        url = f"http://{self.address}/{path}?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(url, headers={"Authorization": f"Basic {both}"})
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    def until(self, table: str, rows: int) -> None:
        query = f"SELECT count() FROM {table}"
        while json.loads(self.ask("exec", query=query))["dataset"][0][0] != rows:
            time.sleep(0.02)

    def sender(self) -> Sender:
        login = f"username={self.user};password={self.password};"
        return Sender.from_conf(f"http::addr={self.address};{login}auto_flush=off;")


def rows_of(table: pl.DataFrame, args: argparse.Namespace) -> pd.DataFrame:
    """Text as objects: the client takes other kinds of text columns only by way of Arrow."""
    columns = {name: table[name].to_numpy() for name in table.columns if name != "symbol"}
    whole = {name: columns[name].astype(np.int64) for name in args.whole}
    symbols = np.array(table["symbol"].to_list(), dtype=object)
    venues = np.full(len(symbols), args.venue, dtype=object)
    return pd.DataFrame({**columns, **whole, "symbol": symbols, "venue": venues})


def run(server: Server, args: argparse.Namespace, candles: str) -> None:
    answer = server.ask("exp", query=candles, fmt="parquet", compression_codec="lz4_raw")
    table = pl.read_parquet(io.BytesIO(answer)).with_columns(pl.col("symbol").cast(pl.String)).sort("symbol", "ts")
    bars = peer.load(table)
    newest = peer.table(bars, peer.features(bars)).group_by("symbol", maintain_order=True).tail(args.newest)
    # In the order of time, which is how the server stores them.
    rows = rows_of(newest.sort("ts", "symbol"), args)
    with server.sender() as sender:
        for first in range(0, len(rows), CHUNK):
            part = rows.iloc[first : first + CHUNK]
            sender.dataframe(part, table_name=args.table, symbols=["symbol", "venue"], at="ts")
            sender.flush()
    server.until(args.table, len(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True, help="host:port of HTTP")
    parser.add_argument("--table", required=True)
    parser.add_argument("--venue", required=True)
    parser.add_argument("--newest", type=int, required=True, help="so many rows of each symbol are stored")
    parser.add_argument("--whole", nargs="*", default=[], help="columns that the table has as whole numbers")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    asked = json.load(sys.stdin)
    server = Server(args.server, asked["user"], asked["password"])

    seconds, cpu_seconds = [], []
    for _ in range(args.runs + 1):
        server.ask("exec", query=f"TRUNCATE TABLE {args.table}")
        server.until(args.table, 0)
        began, cpu_began = time.perf_counter(), time.process_time()
        run(server, args, asked["candles"])
        seconds.append(time.perf_counter() - began)
        cpu_seconds.append(time.process_time() - cpu_began)
    json.dump({"seconds": seconds[1:], "cpu_seconds": cpu_seconds[1:], "version": pd.__version__}, sys.stdout)


if __name__ == "__main__":
    main()
