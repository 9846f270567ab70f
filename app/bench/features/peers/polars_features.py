"""The 90 features of the list in polars: expressions over the long table, each `over` its symbol, on all threads."""

import math

import polars as pl

BARS_A_YEAR = 525_600
SLOPE, RANGE, VOLATILITY = 0.005, 0.4, 0.15
# QuestDB compares doubles within 1e-10; moves of as many ticks differ by less.
TIE = 1e-10

O, H, L, C, V = (pl.col(name) for name in ("open", "high", "low", "close", "volume"))
TYPICAL = (H + L + C) / 3
PERIODS = (1, 5, 10, 20, 50)


def load(candles: pl.DataFrame) -> pl.DataFrame:
    return candles.select("ts", "symbol", "open", "high", "low", "close", "volume")


def table(_bars: pl.DataFrame, computed: pl.DataFrame) -> pl.DataFrame:
    return computed


def col(name: str) -> pl.Expr:
    return pl.col(name)


def mean(values: pl.Expr, bars: int) -> pl.Expr:
    return values.rolling_mean(window_size=bars)


def ema(values: pl.Expr, period: int) -> pl.Expr:
    return values.ewm_mean(span=period, adjust=False)


def flag(condition: pl.Expr) -> pl.Expr:
    return condition.cast(pl.Float64)


def defined(values: pl.Expr, neutral) -> pl.Expr:
    """The neutral value for 0 / 0."""
    return pl.when(values.is_nan()).then(neutral).otherwise(values)


def features(bars: pl.DataFrame) -> pl.DataFrame:
    """Each level is computed from those before it; columns that begin with `_` are steps on the way."""
    plan = bars.lazy()
    names = []
    for level, keys in LEVELS:
        expressions = level()
        names += [name for name in expressions if name[0] != "_"]
        plan = plan.with_columns(**{name: expression.over(keys) for name, expression in expressions.items()})
    return plan.select("ts", "symbol", *names).collect()


CHANGE = C.diff()
TRUE_RANGE = pl.max_horizontal(H, C.shift(1)) - pl.min_horizontal(L, C.shift(1))
UP, DOWN = H.diff(), -L.diff()
RANGE_14 = H.rolling_max(window_size=14) - L.rolling_min(window_size=14)
YEAR = 100 * math.sqrt(BARS_A_YEAR)


def level_1() -> dict:
    place = pl.int_range(pl.len()).cast(pl.Float64)
    return {
        "hl2": (H + L) / 2,
        "hlc3": TYPICAL,
        "ohlc4": (O + H + L + C) / 4,
        "returns": C / C.shift(1) - 1,
        "log_returns": (C / C.shift(1)).log(),
        **{f"momentum_{n}": C - C.shift(n) for n in PERIODS},
        **{f"roc_{n}": 100 * (C / C.shift(n) - 1) for n in PERIODS},
        "range": H - L,
        "range_pct": 100 * (H - L) / C,
        "gap_up": flag(O > H.shift(1)),
        "gap_down": flag(O < L.shift(1)),
        "gap_size": O - C.shift(1),
        "gap_size_pct": 100 * (O / C.shift(1) - 1),
        **{f"volume_sma_{n}": mean(V, n) for n in (5, 10, 20, 50)},
        **{f"volume_ema_{n}": ema(V, n) for n in (5, 10, 20, 50)},
        "volume_price_trend": CHANGE.sign() * V * (C / C.shift(1) - 1),
        "_traded_20": mean(TYPICAL * V, 20),
        "_gain": mean(CHANGE.clip(lower_bound=0), 14),
        "_loss": mean((-CHANGE).clip(lower_bound=0), 14),
        "macd_12_26": ema(C, 12) - ema(C, 26),
        "stoch_k": defined(100 * (C - L.rolling_min(window_size=14)) / RANGE_14, 50.0),
        "williams_r_14": defined(-100 * (H.rolling_max(window_size=14) - C) / RANGE_14, -50.0),
        "_plus": mean(pl.when((UP - DOWN > TIE * C) & (UP > TIE * C)).then(UP).otherwise(0.0), 14),
        "_minus": mean(pl.when((DOWN - UP > TIE * C) & (DOWN > TIE * C)).then(DOWN).otherwise(0.0), 14),
        "atr_14": mean(TRUE_RANGE, 14),
        "_channel": 2 * mean(TRUE_RANGE, 20),
        "sma_50": mean(C, 50),
        "sma_200": mean(C, 200),
        **{f"ema_{n}": ema(C, n) for n in (9, 21, 50, 200)},
        "std_dev_20": C.rolling_std(window_size=20),
        "_std_50": C.rolling_std(window_size=50),
        "bbands_middle_20": mean(C, 20),
        "keltner_middle_20": ema(TYPICAL, 20),
        "historical_volatility_20": YEAR * (C / C.shift(1)).log().rolling_std(window_size=20),
        "historical_volatility_50": YEAR * (C / C.shift(1)).log().rolling_std(window_size=50),
        "parkinson_volatility_20": YEAR * (mean((H / L).log() ** 2, 20) / (4 * math.log(2))).sqrt(),
        "_spread_20": TYPICAL.rolling_max(window_size=20) / TYPICAL.rolling_min(window_size=20),
        # From the first close on: the products of place and close keep their digits.
        "_rise": pl.rolling_cov(place, C - C.first(), window_size=50, ddof=0) * 50 / 10412.5,
        "_day": col("ts").dt.truncate("1d"),
        "_month": col("ts").dt.truncate("1mo"),
        "_obv": (CHANGE.sign() * V).fill_null(0.0),
        "_adl": defined(((C - L) - (H - C)) / (H - L) * V, 0.0),
        "_spread_pct": 100 * C.rolling_std(window_size=20) / mean(C, 20),
        "_width_50": 100 * (C.rolling_max(window_size=50) - C.rolling_min(window_size=50)) / mean(C, 50),
    }


def level_2() -> dict:
    typical, middle, std = col("hlc3"), col("bbands_middle_20"), col("std_dev_20")
    center = mean(typical, 20)
    deviation = pl.sum_horizontal([(typical.shift(n) - center).abs() for n in range(20)]) / 20
    ratio = defined(V / col("volume_sma_20"), 1.0)
    vwap_20 = col("_traded_20") / col("volume_sma_20")
    apart = defined(100 * (col("_plus") - col("_minus")).abs() / (col("_plus") + col("_minus")), 0.0)
    return {
        "volume_ratio_20": ratio,
        "volume_ratio_50": defined(V / col("volume_sma_50"), 1.0),
        "volume_surge": flag(ratio > 2),
        "volume_surge_ratio": ratio,
        "vwap_20": defined(vwap_20, C),
        "vwap_deviation_20": defined(100 * (C / vwap_20 - 1), 0.0),
        "rsi_14": defined(100 - 100 / (1 + col("_gain") / col("_loss")), 50.0),
        "macd_signal_9": ema(col("macd_12_26"), 9),
        "stoch_d": mean(col("stoch_k"), 3),
        "cci_20": pl.when(col("_spread_20") > 1 + TIE).then((typical - center) / (0.015 * deviation)).otherwise(0.0),
        "adx_14": mean(apart, 14),
        "plus_di_14": defined(100 * col("_plus") / col("atr_14"), 0.0),
        "minus_di_14": defined(100 * col("_minus") / col("atr_14"), 0.0),
        "ema_9_21_cross": flag(col("ema_9") > col("ema_21")),
        "ema_50_200_cross": flag(col("ema_50") > col("ema_200")),
        "atr_14_pct": 100 * col("atr_14") / C,
        "std_dev_20_pct": 100 * std / C,
        "bbands_upper_20": middle + 2 * std,
        "bbands_lower_20": middle - 2 * std,
        "bbands_width_20": 400 * std / middle,
        "bbands_percent_b_20": defined(0.5 + (C - middle) / (4 * std), 0.5),
        "keltner_upper_20": col("keltner_middle_20") + col("_channel"),
        "keltner_lower_20": col("keltner_middle_20") - col("_channel"),
        "keltner_width_20": 200 * col("_channel") / col("keltner_middle_20"),
        "volatility_ratio_20_50": defined(std / col("_std_50"), 1.0),
        "_slope": 100 * col("_rise") / col("sma_50"),
        "trend_strength": defined((col("_rise") ** 2 * 212.5 / col("_std_50") ** 2).clip(0, 1), 0.0),
    }


def level_3() -> dict:
    trends = col("trend_strength") > 0.5
    width = col("bbands_width_20")
    return {
        "macd_histogram": col("macd_12_26") - col("macd_signal_9"),
        "ema_9_21_crossover": col("ema_9_21_cross").diff(),
        "ema_50_200_crossover": col("ema_50_200_cross").diff(),
        "bb_squeeze": flag(width < width.rolling_quantile(0.25, interpolation="linear", window_size=50) * (1 - TIE)),
        "is_trending_up": flag((col("_slope") > SLOPE) & trends),
        "is_trending_down": flag((col("_slope") < -SLOPE) & trends),
        "is_ranging": flag(col("_width_50") < RANGE),
        "is_volatile": flag(col("_spread_pct") > VOLATILITY),
        "obv_sma_20": mean(col("obv"), 20),
        "obv_ema_20": ema(col("obv"), 20),
        "adl_ema_20": ema(col("adl"), 20),
    }


def of_day() -> dict:
    return {"vwap": defined((C * V).cum_sum() / V.cum_sum(), C)}


def of_month() -> dict:
    return {"obv": col("_obv").cum_sum(), "adl": col("_adl").cum_sum()}


def regimes() -> dict:
    kinds = {4: "is_volatile", 3: "is_trending_up", 2: "is_trending_down", 1: "is_ranging"}
    kind = pl.coalesce(*(pl.when(col(name) == 1).then(number) for number, name in kinds.items()), 0)
    return {"regime_type": pl.when(col("sma_50").is_not_null()).then(kind).cast(pl.Float64)}


def durations() -> dict:
    kind = col("regime_type")
    place = pl.int_range(pl.len())
    changed = kind.ne_missing(kind.shift(1))
    since = place - pl.when(changed).then(place).forward_fill()
    return {
        "regime_strength": pl.when(kind == 4)
        .then(1 - VOLATILITY / col("_spread_pct"))
        .when(kind >= 2)
        .then(col("trend_strength"))
        .when(kind == 1)
        .then(1 - col("_width_50") / RANGE)
        .otherwise(0.0),
        "regime_duration": (since + 1).clip(upper_bound=500).cast(pl.Float64),
        "regime_transition": flag(changed),
    }


LEVELS = [
    (level_1, "symbol"),
    (level_2, "symbol"),
    (of_day, ["symbol", "_day"]),
    (of_month, ["symbol", "_month"]),
    (level_3, "symbol"),
    (regimes, "symbol"),
    (durations, "symbol"),
]
