"""The 90 features of the list in pandas: wide frames, one column a symbol, so that a call serves all symbols at once."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import polars as pl
from numpy.lib.stride_tricks import sliding_window_view

BARS_A_YEAR = 525_600
SLOPE, RANGE, VOLATILITY = 0.005, 0.4, 0.15
# QuestDB compares doubles within 1e-10; moves of as many ticks differ by less.
TIE = 1e-10


def load(candles: pl.DataFrame) -> SimpleNamespace:
    """One frame of bars x symbols for each of open, high, low, close and volume. All symbols have the same bars."""
    symbols = candles["symbol"].unique(maintain_order=True).to_list()
    index = pd.DatetimeIndex(candles.filter(pl.col("symbol") == symbols[0])["ts"].to_numpy())

    def wide(name: str) -> pd.DataFrame:
        values = candles[name].to_numpy().reshape(len(symbols), len(index))
        return pd.DataFrame(values.T.copy(), index=index, columns=symbols)

    return SimpleNamespace(**{name: wide(name) for name in ("open", "high", "low", "close", "volume")})


def table(bars: SimpleNamespace, features: dict) -> pl.DataFrame:
    """The same as rows of bars and symbols."""
    times, symbols = bars.close.index.to_numpy(), list(bars.close.columns)
    columns = {name: np.asarray(values, dtype=float).T.ravel() for name, values in features.items()}
    return pl.DataFrame({"ts": np.tile(times, len(symbols)), "symbol": np.repeat(symbols, len(times)), **columns})


def features(bars: SimpleNamespace) -> dict:
    return {**price(bars), **volume(bars), **technical(bars), **volatility(bars), **regime(bars)}


def flag(condition: pd.DataFrame) -> pd.DataFrame:
    return condition.astype(float)


def mean(frame: pd.DataFrame, bars: int) -> pd.DataFrame:
    return frame.rolling(bars).mean()


def ema(frame: pd.DataFrame, period: int) -> pd.DataFrame:
    return frame.ewm(span=period, adjust=False).mean()


def true_range(b: SimpleNamespace) -> pd.DataFrame:
    before = b.close.shift(1)
    return np.fmax(b.high, before) - np.fmin(b.low, before)


def windows(frame: pd.DataFrame, bars: int) -> np.ndarray:
    return sliding_window_view(frame.to_numpy(), bars, axis=0)


def after(values: np.ndarray, like: pd.DataFrame) -> pd.DataFrame:
    """Values of the last bars, with nothing for the bars before them."""
    full = np.full(like.shape, np.nan)
    full[len(like) - len(values) :] = values
    return pd.DataFrame(full, index=like.index, columns=like.columns)


def price(b: SimpleNamespace) -> dict:
    o, h, l, c = b.open, b.high, b.low, b.close
    before = c.shift(1)
    relative = {n: c / c.shift(n) - 1 for n in (1, 5, 10, 20, 50)}
    return {
        "hl2": (h + l) / 2,
        "hlc3": (h + l + c) / 3,
        "ohlc4": (o + h + l + c) / 4,
        "returns": relative[1],
        "log_returns": np.log(c / before),
        **{f"momentum_{n}": c - c.shift(n) for n in relative},
        **{f"roc_{n}": 100 * change for n, change in relative.items()},
        "range": h - l,
        "range_pct": 100 * (h - l) / c,
        "gap_up": flag(o > h.shift(1)),
        "gap_down": flag(o < l.shift(1)),
        "gap_size": o - before,
        "gap_size_pct": 100 * (o / before - 1),
    }


def volume(b: SimpleNamespace) -> dict:
    c, v = b.close, b.volume
    change = c.diff()
    direction = np.sign(change)
    sma = {n: mean(v, n) for n in (5, 10, 20, 50)}
    ratio_20 = (v / sma[20]).fillna(1)
    day, month = c.index.floor("D"), c.index.to_numpy().astype("datetime64[M]")
    vwap = (c * v).groupby(day).cumsum() / v.groupby(day).cumsum()
    vwap_20 = mean((b.high + b.low + c) / 3 * v, 20) / sma[20]
    obv = (direction * v).fillna(0).groupby(month).cumsum()
    return {
        **{f"volume_sma_{n}": values for n, values in sma.items()},
        **{f"volume_ema_{n}": ema(v, n) for n in sma},
        "volume_ratio_20": ratio_20,
        "volume_ratio_50": (v / sma[50]).fillna(1),
        "volume_surge": flag(ratio_20 > 2),
        "volume_surge_ratio": ratio_20,
        "vwap": vwap.fillna(c),
        "vwap_20": vwap_20.fillna(c),
        "vwap_deviation_20": (100 * (c / vwap_20 - 1)).fillna(0),
        "obv": obv,
        "obv_sma_20": mean(obv, 20),
        "obv_ema_20": ema(obv, 20),
        "volume_price_trend": direction * v * (c / c.shift(1) - 1),
    }


def technical(b: SimpleNamespace) -> dict:
    h, l, c = b.high, b.low, b.close
    change = c.diff()
    gain, loss = mean(change.clip(lower=0), 14), mean(-change.clip(upper=0), 14)
    macd = ema(c, 12) - ema(c, 26)
    signal = ema(macd, 9)
    highest, lowest = h.rolling(14).max(), l.rolling(14).min()
    stoch_k = (100 * (c - lowest) / (highest - lowest)).fillna(50)
    emas = {n: ema(c, n) for n in (9, 21, 50, 200)}
    fast, slow = flag(emas[9] > emas[21]), flag(emas[50] > emas[200])
    month = c.index.to_numpy().astype("datetime64[M]")
    adl = (((c - l) - (h - c)) / (h - l) * b.volume).fillna(0).groupby(month).cumsum()
    return {
        "rsi_14": (100 - 100 / (1 + gain / loss)).fillna(50),
        "macd_12_26": macd,
        "macd_signal_9": signal,
        "macd_histogram": macd - signal,
        "stoch_k": stoch_k,
        "stoch_d": mean(stoch_k, 3),
        "cci_20": cci(b),
        "williams_r_14": (-100 * (highest - c) / (highest - lowest)).fillna(-50),
        **directional(b),
        "sma_50": mean(c, 50),
        "sma_200": mean(c, 200),
        **{f"ema_{n}": values for n, values in emas.items()},
        "ema_9_21_cross": fast,
        "ema_9_21_crossover": fast.diff(),
        "ema_50_200_cross": slow,
        "ema_50_200_crossover": slow.diff(),
        "adl": adl,
        "adl_ema_20": ema(adl, 20),
    }


def cci(b: SimpleNamespace) -> pd.DataFrame:
    typical = (b.high + b.low + b.close) / 3
    last_20 = windows(typical, 20)
    center = last_20.mean(axis=2)
    deviation = np.abs(last_20 - center[:, :, None]).mean(axis=2)
    spread = typical.rolling(20).max() / typical.rolling(20).min()
    return (after((last_20[:, :, -1] - center) / (0.015 * deviation), typical)).where(spread > 1 + TIE, 0)


def directional(b: SimpleNamespace) -> dict:
    up, down = b.high.diff(), -b.low.diff()
    tie = TIE * b.close
    plus = mean(up.where((up - down > tie) & (up > tie), 0), 14)
    minus = mean(down.where((down - up > tie) & (down > tie), 0), 14)
    moved = mean(true_range(b), 14)
    apart = (100 * (plus - minus).abs() / (plus + minus)).fillna(0)
    return {
        "adx_14": mean(apart, 14),
        "plus_di_14": (100 * plus / moved).fillna(0),
        "minus_di_14": (100 * minus / moved).fillna(0),
    }


def volatility(b: SimpleNamespace) -> dict:
    h, l, c = b.high, b.low, b.close
    moved = true_range(b)
    atr, channel = mean(moved, 14), 2 * mean(moved, 20)
    std_20, std_50, middle = c.rolling(20).std(), c.rolling(50).std(), mean(c, 20)
    width = 400 * std_20 / middle
    keltner = ema((h + l + c) / 3, 20)
    log_returns = np.log(c / c.shift(1))
    year = 100 * math.sqrt(BARS_A_YEAR)
    return {
        "atr_14": atr,
        "atr_14_pct": 100 * atr / c,
        "std_dev_20": std_20,
        "std_dev_20_pct": 100 * std_20 / c,
        "bbands_upper_20": middle + 2 * std_20,
        "bbands_middle_20": middle,
        "bbands_lower_20": middle - 2 * std_20,
        "bbands_width_20": width,
        "bbands_percent_b_20": (0.5 + (c - middle) / (4 * std_20)).fillna(0.5),
        "keltner_upper_20": keltner + channel,
        "keltner_middle_20": keltner,
        "keltner_lower_20": keltner - channel,
        "keltner_width_20": 200 * channel / keltner,
        "historical_volatility_20": year * log_returns.rolling(20).std(),
        "historical_volatility_50": year * log_returns.rolling(50).std(),
        "volatility_ratio_20_50": (std_20 / std_50).fillna(1),
        "bb_squeeze": flag(width < width.rolling(50).quantile(0.25) * (1 - TIE)),
        "parkinson_volatility_20": year * np.sqrt(mean(np.log(h / l) ** 2, 20) / (4 * math.log(2))),
    }


def regime(b: SimpleNamespace) -> dict:
    c = b.close
    center, std = mean(c, 50), c.rolling(50).std()
    rise = after(windows(c, 50) @ (np.arange(50) - 24.5) / 10412.5, c)
    slope = 100 * rise / center
    r2 = (rise**2 * 212.5 / std**2).clip(0, 1).fillna(0)
    width = 100 * (c.rolling(50).max() - c.rolling(50).min()) / center
    spread = 100 * c.rolling(20).std() / mean(c, 20)
    up, down = (slope > SLOPE) & (r2 > 0.5), (slope < -SLOPE) & (r2 > 0.5)
    ranging, volatile = width < RANGE, spread > VOLATILITY
    kinds = [volatile, up, down, ranging]
    kind = np.select(kinds, [4, 3, 2, 1], 0)
    kind = np.where(center.isna(), np.nan, kind)
    strength = np.select(kinds, [1 - VOLATILITY / spread, r2, r2, 1 - width / RANGE], 0)
    place = np.arange(len(c))[:, None]
    changed = np.ones(kind.shape, dtype=bool)
    changed[1:] = kind[1:] != kind[:-1]
    since = place - np.maximum.accumulate(np.where(changed, place, 0), axis=0)
    return {
        "is_trending_up": flag(up),
        "is_trending_down": flag(down),
        "is_ranging": flag(ranging),
        "is_volatile": flag(volatile),
        "trend_strength": r2,
        "regime_type": kind,
        "regime_strength": strength,
        "regime_duration": np.minimum(since + 1, 500),
        "regime_transition": changed.astype(float),
    }
