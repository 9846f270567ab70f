-- purpose Ranges, channels around them, and volatilities of the newest bar alone.
-- grain   One symbol.
-- reads   bars, window 50; stored rows 1
-- takes   {timeframe}; :venue, :symbols; :from, the newest bar; :last, the one before it; :bars_a_year
WITH lagged AS (
  SELECT symbol, back, high, low, close, lag(close, 1) OVER (PARTITION BY symbol ORDER BY ts) AS close_1
  FROM bars
),
terms AS (
  SELECT
    symbol,
    back,
    high,
    low,
    close,
    greatest(high, close_1) - least(low, close_1) AS true_range,
    ln(close / close_1) AS log_return,
    ln(high / low) AS log_range
  FROM lagged
  WHERE back < 50
),
sums AS (
  SELECT
    symbol,
    max(CASE WHEN back = 0 THEN close END) AS close,
    max(CASE WHEN back = 0 THEN (high + low + close) / 3 END) AS hlc3,
    avg(CASE WHEN back < 14 THEN true_range END) AS atr_14,
    avg(CASE WHEN back < 20 THEN true_range END) AS atr_20,
    sum(CASE WHEN back < 20 THEN log_return END) AS return_20,
    sum(CASE WHEN back < 20 THEN log_return * log_return END) AS square_20,
    sum(log_return) AS return_50,
    sum(log_return * log_return) AS square_50,
    sum(CASE WHEN back < 20 THEN log_range * log_range END) AS square_range_20
  FROM terms
),
stored AS (
  SELECT symbol, keltner_middle_20
  FROM features_{timeframe}
  WHERE venue = :venue AND symbol IN :symbols AND ts = :last
),
middles AS (
  SELECT
    m.symbol AS symbol,
    m.close AS close,
    m.atr_14 AS atr_14,
    m.atr_20 AS atr_20,
    m.return_20 AS return_20,
    m.square_20 AS square_20,
    m.return_50 AS return_50,
    m.square_50 AS square_50,
    m.square_range_20 AS square_range_20,
    s.keltner_middle_20 + (m.hlc3 - s.keltner_middle_20) * (2 / 21.0) AS middle
  FROM sums m
  JOIN stored s ON s.symbol = m.symbol
)
SELECT
  :from AS ts,
  symbol,
  atr_14,
  100 * atr_14 / close AS atr_14_pct,
  middle + 2 * atr_20 AS keltner_upper_20,
  middle AS keltner_middle_20,
  middle - 2 * atr_20 AS keltner_lower_20,
  400 * atr_20 / middle AS keltner_width_20,
  100 * sqrt(greatest(0.0, square_20 - return_20 * return_20 / 20) / 19 * :bars_a_year) AS historical_volatility_20,
  100 * sqrt(greatest(0.0, square_50 - return_50 * return_50 / 50) / 49 * :bars_a_year) AS historical_volatility_50,
  100 * sqrt(square_range_20 / 20 / (4 * ln(2.0)) * :bars_a_year) AS parkinson_volatility_20
FROM middles
