-- purpose Keeps the candles of one part of an archive, each checked, and the original text of those that are refused.
-- grain   One row of the archive. `reason` says why it is refused and is null where it is sound.
-- writes  candles, a table
-- reads   raw_candles, a view
-- engine  DuckDB
CREATE OR REPLACE TEMP TABLE candles AS
WITH
checked AS (
  SELECT
    *,
    CASE
      WHEN refused IS NOT NULL THEN refused
      WHEN symbol IS NULL THEN 'unknown instrument'
      WHEN ts IS NULL THEN 'open_time is not a time'
      WHEN ts < 0 THEN 'open_time is out of range'
      WHEN NOT coalesce(
        isfinite(open) AND isfinite(high) AND isfinite(low) AND isfinite(close) AND isfinite(volume),
        false
      ) THEN 'a value is not a number'
      WHEN NOT coalesce(
        isfinite(coalesce(quote_volume, 0))
        AND isfinite(coalesce(taker_buy_volume, 0))
        AND isfinite(coalesce(count, 0)),
        false
      ) OR least(quote_volume, taker_buy_volume, count) < 0 OR count <> floor(count)
        THEN 'a volume or count is not a number from 0 on'
      WHEN ts % 60000000 <> 0 THEN 'open_time is no whole minute'
      WHEN low <= 0 THEN 'a price is not positive'
      WHEN high < greatest(open, close) OR low > least(open, close) THEN 'open or close lies outside low to high'
      WHEN volume < 0 THEN 'the volume is negative'
    END AS reason
  FROM raw_candles
)
SELECT * EXCLUDE (refused) REPLACE (CASE WHEN reason IS NOT NULL THEN raw END AS raw)
FROM checked
