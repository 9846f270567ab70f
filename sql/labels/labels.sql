-- purpose Writes the labels of one unbroken run to the label table.
-- grain   One bar t of the run, where all bars of t - max(240, 239 + 2h) … t + h are in the run; h is the horizon in
--         bars.
-- writes  labels_{timeframe}
-- takes   {timeframe}; :venue, :symbol; :bar_seconds; :horizon h; :horizon_before, which is h - 1; :horizon_divisor,
--         which is max(h - 1, 1); :load and :until, the first and the last bar that is read; :from and :to, the first
--         and the last bar t that is labelled
-- trap    Running sums keep a residue of what has left their window, so flatness is told by counts, and deviations end
--         at 1e-5, far above it. The band has no such end: its sum of squares is made of the terms in its window alone,
--         by adding sums over shorter ones.
-- trap    The comparison of
--         doubles has an absolute tolerance of 1e-10, so moves are compared as ratios. min over a moving frame has the
--         same tolerance, so prices are first multiplied by 2^40, which is exact.
-- note    The definitions, with r(t) = ln(close[t] / close[t-1]):
--           up              1 when close[t+h] > close[t] else 0, compared as a ratio
--           log_return      ln(close[t+h] / close[t])
--           last_return     ln(close[t] / close[t-h])
--           momentum_change log_return - last_return
--           momentum_band   a quarter of the sample deviation of momentum_change over the 240 newest values that are
--                           known at t, which are those of the bars t-h-239 … t-h
--           momentum_class  2 accelerating when momentum_change > band, 0 decelerating when < -band, else 1 neutral
--           log_volatility  ln(max(s, 1e-5)), s the sample deviation of r(t+1) … r(t+h); |r(t+1)| when h = 1
--           drawdown        max(0, 1 - min(low[t+1] … low[t+h]) / close[t])
--           dev_n           ln(max(s, 1e-5)), s the sample deviation of r(t-n+1) … r(t)
INSERT INTO labels_{timeframe} (
  ts, venue, symbol, horizon, close, up, log_return, last_return, momentum_change, momentum_class, momentum_band,
  log_volatility, drawdown, dev_5, dev_20, dev_60, dev_240, known_at
)
SELECT * FROM (
  WITH bars AS (
    SELECT
      ts,
      low,
      close,
      lag(close, 1) OVER run AS close_1,
      lag(close, :horizon) OVER run AS close_h,
      lag(close, 2 * :horizon) OVER run AS close_2h
    FROM candles_{timeframe}
    WHERE venue = :venue
      AND symbol = :symbol
      AND ts BETWEEN :load AND :until
      AND complete
    WINDOW run AS (ORDER BY ts)
  ),
  returns AS (
    SELECT
      ts,
      low,
      close,
      ln(close / close_1) AS r,
      ln(close / close_h) AS last_return,
      ln(close / close_h) - ln(close_h / close_2h) AS change
    FROM bars
  ),
  swings AS (
    SELECT
      ts,
      low,
      close,
      r,
      last_return,
      change,
      change * change AS swing
    FROM returns
  ),
  fives AS (
    SELECT
      ts,
      low,
      close,
      r,
      last_return,
      change,
      swing + lag(swing, 1) OVER run + lag(swing, 2) OVER run + lag(swing, 3) OVER run + lag(swing, 4) OVER run
        AS swing_5
    FROM swings
    WINDOW run AS (ORDER BY ts)
  ),
  twenties AS (
    SELECT
      ts,
      low,
      close,
      r,
      last_return,
      change,
      swing_5 + lag(swing_5, 5) OVER run + lag(swing_5, 10) OVER run + lag(swing_5, 15) OVER run AS swing_20
    FROM fives
    WINDOW run AS (ORDER BY ts)
  ),
  sixties AS (
    SELECT
      ts,
      low,
      close,
      r,
      last_return,
      change,
      swing_20 + lag(swing_20, 20) OVER run + lag(swing_20, 40) OVER run AS swing_60
    FROM twenties
    WINDOW run AS (ORDER BY ts)
  ),
  -- What is known at each bar. Looked up h bars later, it is what became of the bar.
  trailing AS (
    SELECT
      ts,
      close,
      last_return,
      change,
      avg(change) OVER last_240 AS change_240,
      (swing_60 + lag(swing_60, 60) OVER run + lag(swing_60, 120) OVER run + lag(swing_60, 180) OVER run) / 240
        AS change_square_240,
      min(low * 1099511627776.0) OVER last_h / 1099511627776.0 AS low_h,
      sum(abs(sign(r))) OVER last_h AS moves_h,
      avg(r) OVER last_h AS mean_h,
      avg(r * r) OVER last_h AS square_h,
      sum(abs(sign(r))) OVER last_5 AS moves_5,
      avg(r) OVER last_5 AS mean_5,
      avg(r * r) OVER last_5 AS square_5,
      sum(abs(sign(r))) OVER last_20 AS moves_20,
      avg(r) OVER last_20 AS mean_20,
      avg(r * r) OVER last_20 AS square_20,
      sum(abs(sign(r))) OVER last_60 AS moves_60,
      avg(r) OVER last_60 AS mean_60,
      avg(r * r) OVER last_60 AS square_60,
      sum(abs(sign(r))) OVER last_240 AS moves_240,
      avg(r) OVER last_240 AS mean_240,
      avg(r * r) OVER last_240 AS square_240
    FROM sixties
    WINDOW
      run AS (ORDER BY ts),
      last_h AS (ORDER BY ts ROWS BETWEEN :horizon_before PRECEDING AND CURRENT ROW),
      last_5 AS (ORDER BY ts ROWS BETWEEN 4 PRECEDING AND CURRENT ROW),
      last_20 AS (ORDER BY ts ROWS BETWEEN 19 PRECEDING AND CURRENT ROW),
      last_60 AS (ORDER BY ts ROWS BETWEEN 59 PRECEDING AND CURRENT ROW),
      last_240 AS (ORDER BY ts ROWS BETWEEN 239 PRECEDING AND CURRENT ROW)
  ),
  deviations AS (
    SELECT
      ts,
      close,
      last_return,
      change,
      0.25 * sqrt(greatest(0.0, change_square_240 - change_240 * change_240) * 240 / 239) AS band,
      low_h,
      CASE
        WHEN moves_h = 0 THEN 0.0
        WHEN :horizon = 1 THEN sqrt(square_h)
        ELSE sqrt(greatest(0.0, square_h - mean_h * mean_h) * :horizon / :horizon_divisor)
      END AS deviation_h,
      CASE WHEN moves_5 = 0 THEN 0.0 ELSE sqrt(greatest(0.0, square_5 - mean_5 * mean_5) * 5 / 4) END AS deviation_5,
      CASE WHEN moves_20 = 0 THEN 0.0 ELSE sqrt(greatest(0.0, square_20 - mean_20 * mean_20) * 20 / 19) END
        AS deviation_20,
      CASE WHEN moves_60 = 0 THEN 0.0 ELSE sqrt(greatest(0.0, square_60 - mean_60 * mean_60) * 60 / 59) END
        AS deviation_60,
      CASE WHEN moves_240 = 0 THEN 0.0 ELSE sqrt(greatest(0.0, square_240 - mean_240 * mean_240) * 240 / 239) END
        AS deviation_240
    FROM trailing
  ),
  outcomes AS (
    SELECT
      ts,
      close,
      last_return,
      band,
      deviation_5,
      deviation_20,
      deviation_60,
      deviation_240,
      lead(close, :horizon) OVER run AS close_after,
      lead(last_return, :horizon) OVER run AS return_after,
      lead(change, :horizon) OVER run AS change_after,
      lead(low_h, :horizon) OVER run AS low_after,
      lead(deviation_h, :horizon) OVER run AS deviation_after
    FROM deviations
    WINDOW run AS (ORDER BY ts)
  )
  SELECT
    ts,
    :venue AS venue,
    :symbol AS symbol,
    :horizon AS horizon,
    close,
    CASE WHEN close_after / close > 1 THEN 1 ELSE 0 END AS up,
    return_after,
    last_return,
    change_after,
    CASE
      WHEN sign(band) = 0 THEN (1 + sign(change_after))::int
      WHEN change_after / band > 1 THEN 2
      WHEN change_after / band < -1 THEN 0
      ELSE 1
    END AS momentum_class,
    band,
    ln(greatest(deviation_after, 1e-5)),
    greatest(0.0, 1 - low_after / close),
    ln(greatest(deviation_5, 1e-5)),
    ln(greatest(deviation_20, 1e-5)),
    ln(greatest(deviation_60, 1e-5)),
    ln(greatest(deviation_240, 1e-5)),
    dateadd('s', (:horizon + 1) * :bar_seconds, ts)
  FROM outcomes
  WHERE ts BETWEEN :from AND :to
)
