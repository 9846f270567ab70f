"""The 90 features of the list in the steps of the Python system that this project replaces: one symbol after the other, each
group of features in a copy of the bars, column by column, and row by row in Python where that system looped: on-balance
volume, mean deviations, and regimes, for which each bar fits a line through the last 50. What it read of ticks before is
left out.

Prints one JSON document: `seconds` of each run, `rows`, `columns` and the `version`.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

LOOKBACK, VOLATILE_BARS = 50, 20
SLOPE, RANGE, VOLATILITY = 0.1, 2.0, 2.5


def price(bars: pd.DataFrame) -> pd.DataFrame:
    out = bars.copy()
    o, h, l, c = (bars[name] for name in ("open", "high", "low", "close"))
    out["hl2"], out["hlc3"], out["ohlc4"] = (h + l) / 2, (h + l + c) / 3, (o + h + l + c) / 4
    out["returns"], out["log_returns"] = c.pct_change(), np.log(c / c.shift(1))
    for n in (1, 5, 10, 20, 50):
        out[f"momentum_{n}"] = c - c.shift(n)
        out[f"roc_{n}"] = 100 * (c - c.shift(n)) / c.shift(n)
    out["range"], out["range_pct"] = h - l, 100 * (h - l) / c
    out["gap_up"], out["gap_down"] = (o > h.shift(1)).astype(int), (o < l.shift(1)).astype(int)
    out["gap_size"], out["gap_size_pct"] = o - c.shift(1), 100 * (o - c.shift(1)) / c.shift(1)
    return out


def volume(bars: pd.DataFrame) -> pd.DataFrame:
    out = bars.copy()
    c, v = bars["close"], bars["volume"]
    for n in (5, 10, 20, 50):
        out[f"volume_sma_{n}"] = v.rolling(n).mean()
        out[f"volume_ema_{n}"] = v.ewm(span=n, adjust=False).mean()
    out["volume_ratio_20"], out["volume_ratio_50"] = v / v.rolling(20).mean(), v / v.rolling(50).mean()
    usual = v.rolling(20).mean()
    out["volume_surge"], out["volume_surge_ratio"] = (v > 2 * usual).astype(int), v / usual
    out["vwap"] = (c * v).cumsum() / v.cumsum()
    typical = (bars["high"] + bars["low"] + c) / 3
    out["vwap_20"] = (typical * v).rolling(20).sum() / v.rolling(20).sum()
    out["vwap_deviation_20"] = 100 * (c - out["vwap_20"]) / out["vwap_20"]
    balance = [0.0]
    for row in range(1, len(bars)):
        if c.iloc[row] > c.iloc[row - 1]:
            balance.append(balance[-1] + v.iloc[row])
        elif c.iloc[row] < c.iloc[row - 1]:
            balance.append(balance[-1] - v.iloc[row])
        else:
            balance.append(balance[-1])
    out["obv"] = balance
    out["obv_sma_20"], out["obv_ema_20"] = out["obv"].rolling(20).mean(), out["obv"].ewm(span=20, adjust=False).mean()
    out["volume_price_trend"] = out["obv"].diff() * c.pct_change()
    return out


def true_range(bars: pd.DataFrame) -> pd.Series:
    before = bars["close"].shift()
    reaches = [bars["high"] - bars["low"], (bars["high"] - before).abs(), (bars["low"] - before).abs()]
    return pd.concat(reaches, axis=1).max(axis=1)


def technical(bars: pd.DataFrame) -> pd.DataFrame:
    out = bars.copy()
    h, l, c = bars["high"], bars["low"], bars["close"]
    change = c.diff()
    gain, loss = change.where(change > 0, 0).rolling(14).mean(), -change.where(change < 0, 0).rolling(14).mean()
    out["rsi_14"] = 100 - 100 / (1 + gain / loss)
    macd = c.ewm(span=12, adjust=False).mean() - c.ewm(span=26, adjust=False).mean()
    signal = macd.ewm(span=9, adjust=False).mean()
    out["macd_12_26"], out["macd_signal_9"], out["macd_histogram"] = macd, signal, macd - signal
    lowest, highest = l.rolling(14).min(), h.rolling(14).max()
    out["stoch_k"] = 100 * (c - lowest) / (highest - lowest)
    out["stoch_d"] = out["stoch_k"].rolling(3).mean()
    typical = (h + l + c) / 3
    deviation = typical.rolling(20).apply(lambda window: np.abs(window - window.mean()).mean())
    out["cci_20"] = (typical - typical.rolling(20).mean()) / (0.015 * deviation)
    out["williams_r_14"] = -100 * (highest - c) / (highest - lowest)
    up, down = h.diff(), -l.diff()
    moved = true_range(bars).rolling(14).mean()
    plus = 100 * up.where((up > down) & (up > 0), 0).rolling(14).mean() / moved
    minus = 100 * down.where((down > up) & (down > 0), 0).rolling(14).mean() / moved
    out["adx_14"] = (100 * (plus - minus).abs() / (plus + minus)).rolling(14).mean()
    out["plus_di_14"], out["minus_di_14"] = plus, minus
    for n in (50, 200):
        out[f"sma_{n}"] = c.rolling(n).mean()
    for n in (9, 21, 50, 200):
        out[f"ema_{n}"] = c.ewm(span=n, adjust=False).mean()
    for fast, slow in ((9, 21), (50, 200)):
        out[f"ema_{fast}_{slow}_cross"] = (out[f"ema_{fast}"] > out[f"ema_{slow}"]).astype(int)
        out[f"ema_{fast}_{slow}_crossover"] = out[f"ema_{fast}_{slow}_cross"].diff()
    out["adl"] = ((((c - l) - (h - c)) / (h - l)).fillna(0) * bars["volume"]).cumsum()
    out["adl_ema_20"] = out["adl"].ewm(span=20, adjust=False).mean()
    return out


def volatility(bars: pd.DataFrame) -> pd.DataFrame:
    out = bars.copy()
    h, l, c = bars["high"], bars["low"], bars["close"]
    year = 100 * np.sqrt(252)
    out["atr_14"] = true_range(bars).rolling(14).mean()
    out["atr_14_pct"] = 100 * out["atr_14"] / c
    out["std_dev_20"] = c.rolling(20).std()
    out["std_dev_20_pct"] = 100 * out["std_dev_20"] / c
    middle, deviation = c.rolling(20).mean(), c.rolling(20).std()
    out["bbands_upper_20"], out["bbands_middle_20"] = middle + 2 * deviation, middle
    out["bbands_lower_20"] = middle - 2 * deviation
    out["bbands_width_20"] = 400 * deviation / middle
    out["bbands_percent_b_20"] = (c - out["bbands_lower_20"]) / (4 * deviation)
    basis, reach = ((h + l + c) / 3).ewm(span=20, adjust=False).mean(), 2 * true_range(bars).rolling(20).mean()
    out["keltner_upper_20"], out["keltner_middle_20"], out["keltner_lower_20"] = basis + reach, basis, basis - reach
    out["keltner_width_20"] = 200 * reach / basis
    for n in (20, 50):
        out[f"historical_volatility_{n}"] = year * np.log(c / c.shift(1)).rolling(n).std()
    out["volatility_ratio_20_50"] = c.rolling(20).std() / c.rolling(50).std()
    width = 400 * c.rolling(20).std() / c.rolling(20).mean()
    out["bb_squeeze"] = (width < width.rolling(50).quantile(0.25)).astype(int)
    out["parkinson_volatility_20"] = year * np.sqrt(np.log(h / l) ** 2 / (4 * np.log(2))).rolling(20).mean()
    return out


def line(bars: pd.DataFrame) -> tuple[bool, bool, float]:
    """Whether the last bars trend up or down, and how well a line fits them."""
    closes = bars["close"].tail(LOOKBACK)
    places = np.arange(len(closes))
    slope, start = np.polyfit(places, closes.values, 1)
    rest = np.sum((closes.values - (slope * places + start)) ** 2)
    whole = np.sum((closes.values - closes.mean()) ** 2)
    fit = 1 - rest / whole if whole != 0 else 0.0
    steepness = 100 * slope / closes.mean()
    return steepness > SLOPE and fit > 0.5, steepness < -SLOPE and fit > 0.5, fit


def spread(bars: pd.DataFrame) -> float:
    closes = bars["close"].tail(VOLATILE_BARS)
    return 100 * closes.std() / closes.mean()


def width(bars: pd.DataFrame) -> float:
    closes = bars["close"].tail(LOOKBACK)
    return 100 * (closes.max() - closes.min()) / closes.mean()


def regime(bars: pd.DataFrame) -> pd.DataFrame:
    out = bars.copy()
    rows = []
    for row in range(len(bars)):
        if row < LOOKBACK:
            rows.append((False, False, False, False, 0.0, "unknown", 0.0))
            continue
        known = bars.iloc[: row + 1]
        up, down, fit = line(known)
        ranging, volatile = width(known) < RANGE, spread(known) > VOLATILITY
        if volatile:
            kind, strength = "volatile", min(1.0, spread(known) / VOLATILITY)
        elif up or down:
            kind, strength = "trending_up" if up else "trending_down", fit
        elif ranging:
            kind, strength = "ranging", max(0.0, 1 - width(known) / RANGE)
        else:
            kind, strength = "neutral", 0.0
        rows.append((up, down, ranging, volatile, fit, kind, strength))
    names = "is_trending_up is_trending_down is_ranging is_volatile trend_strength regime_type regime_strength".split()
    for name, values in zip(names, zip(*rows, strict=True), strict=True):
        out[name] = values
    kinds = [row[5] for row in rows]
    duration, changed = [1], [0]
    for row in range(1, len(kinds)):
        same = kinds[row] == kinds[row - 1]
        duration.append(duration[-1] + 1 if same else 1)
        changed.append(0 if same else 1)
    out["regime_duration"], out["regime_transition"] = duration, changed
    return out


def features(bars: pd.DataFrame) -> pd.DataFrame:
    out = bars.copy()
    for group in (price, volume, technical, volatility, regime):
        made = group(bars)
        for name in made.columns.difference(out.columns, sort=False):
            out[name] = made[name]
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candles", type=Path, required=True)
    parser.add_argument("--bars", type=int, required=True, help="the newest so many of each symbol")
    parser.add_argument("--runs", type=int, default=1)
    args = parser.parse_args()
    candles = pl.read_parquet(args.candles).with_columns(pl.col("symbol").cast(pl.String)).sort("symbol", "ts")
    newest = candles.group_by("symbol", maintain_order=True).tail(args.bars)
    columns = {name: newest[name].to_numpy() for name in newest.columns if name != "symbol"}
    bars = pd.DataFrame({"symbol": newest["symbol"].to_list(), **columns})

    seconds = []
    for _ in range(args.runs):
        began = time.perf_counter()
        frame = pd.concat([features(own) for _, own in bars.groupby("symbol", sort=False)], ignore_index=True)
        seconds.append(time.perf_counter() - began)
    said = {"seconds": seconds, "rows": len(frame), "columns": frame.shape[1] - bars.shape[1], "version": pd.__version__}
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
