-- purpose How far a symbol moves, in logs, and how much is traded beside that, at the newest bar alone.
-- grain   One symbol.
-- reads   bars, window 240; stored rows 1
-- takes   :from, the newest bar
-- trap    An aggregate passes over what is null. Where a volume of the window is unknown, its sums have to be null.
WITH lagged AS (
  SELECT symbol, back, high, low, close, volume, lag(close, 1) OVER run AS close_1
  FROM bars
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
returns AS (
  SELECT
    symbol,
    back,
    close,
    volume,
    ln(close / close_1) AS r,
    ln(high / low) * ln(high / low) AS reach
  FROM lagged
),
sums AS (
  SELECT
    symbol,
    max(CASE WHEN back = 0 THEN volume END) AS volume,
    max(CASE WHEN back = 0 THEN r END) AS r_1,
    ln(max(CASE WHEN back = 0 THEN close END) / max(CASE WHEN back = 5 THEN close END)) AS r_5,
    ln(max(CASE WHEN back = 0 THEN close END) / max(CASE WHEN back = 15 THEN close END)) AS r_15,
    ln(max(CASE WHEN back = 0 THEN close END) / max(CASE WHEN back = 20 THEN close END)) AS r_20,
    ln(max(CASE WHEN back = 0 THEN close END) / max(CASE WHEN back = 60 THEN close END)) AS r_60,
    ln(max(CASE WHEN back = 0 THEN close END) / max(CASE WHEN back = 240 THEN close END)) AS r_240,
    max(CASE WHEN back = 0 THEN reach END) AS range_1,
    sum(CASE WHEN back < 5 THEN r * r END) AS square_5,
    sum(CASE WHEN back < 20 THEN r * r END) AS square_20,
    sum(CASE WHEN back < 60 THEN r * r END) AS square_60,
    sum(CASE WHEN back < 240 THEN r * r END) AS square_240,
    sum(CASE WHEN back < 5 THEN reach END) AS range_5,
    sum(CASE WHEN back < 20 THEN reach END) AS range_20,
    sum(CASE WHEN back < 60 THEN reach END) AS range_60,
    sum(CASE WHEN back < 240 THEN reach END) AS range_240,
    CASE WHEN count(CASE WHEN back < 5 THEN volume END) = 5 THEN sum(CASE WHEN back < 5 THEN volume END) END
      AS volume_5,
    CASE WHEN count(CASE WHEN back < 20 THEN volume END) = 20 THEN sum(CASE WHEN back < 20 THEN volume END) END
      AS volume_20,
    CASE WHEN count(CASE WHEN back < 60 THEN volume END) = 60 THEN sum(CASE WHEN back < 60 THEN volume END) END
      AS volume_60,
    CASE WHEN count(CASE WHEN back < 240 THEN volume END) = 240 THEN sum(CASE WHEN back < 240 THEN volume END) END
      AS volume_240
  FROM returns
),
deviations AS (
  SELECT
    *,
    greatest(1e-5, sqrt(greatest(0.0, square_240 - r_240 * r_240 / 240) / 239)) AS deviation_240
  FROM sums
)
SELECT
  :from AS ts,
  symbol,
  ln(greatest(1e-5, abs(r_1))) AS log_deviation_1,
  ln(greatest(1e-5, sqrt(greatest(0.0, square_5 - r_5 * r_5 / 5) / 4))) AS log_deviation_5,
  ln(greatest(1e-5, sqrt(greatest(0.0, square_20 - r_20 * r_20 / 20) / 19))) AS log_deviation_20,
  ln(greatest(1e-5, sqrt(greatest(0.0, square_60 - r_60 * r_60 / 60) / 59))) AS log_deviation_60,
  ln(deviation_240) AS log_deviation_240,
  ln(greatest(1e-5, sqrt(range_1 / (4 * ln(2.0))))) AS log_parkinson_1,
  ln(greatest(1e-5, sqrt(range_5 / 5 / (4 * ln(2.0))))) AS log_parkinson_5,
  ln(greatest(1e-5, sqrt(range_20 / 20 / (4 * ln(2.0))))) AS log_parkinson_20,
  ln(greatest(1e-5, sqrt(range_60 / 60 / (4 * ln(2.0))))) AS log_parkinson_60,
  ln(greatest(1e-5, sqrt(range_240 / 240 / (4 * ln(2.0))))) AS log_parkinson_240,
  coalesce(ln(1 + volume * 5 / volume_5), 0.0) AS log_volume_ratio_5,
  coalesce(ln(1 + volume * 20 / volume_20), 0.0) AS log_volume_ratio_20,
  coalesce(ln(1 + volume * 60 / volume_60), 0.0) AS log_volume_ratio_60,
  coalesce(ln(1 + volume * 240 / volume_240), 0.0) AS log_volume_ratio_240,
  r_5 / (deviation_240 * sqrt(5.0)) AS return_in_deviations_5,
  abs(r_5) / (deviation_240 * sqrt(5.0)) AS move_in_deviations_5,
  r_15 / (deviation_240 * sqrt(15.0)) AS return_in_deviations_15,
  abs(r_15) / (deviation_240 * sqrt(15.0)) AS move_in_deviations_15,
  r_60 / (deviation_240 * sqrt(60.0)) AS return_in_deviations_60,
  abs(r_60) / (deviation_240 * sqrt(60.0)) AS move_in_deviations_60
FROM deviations
