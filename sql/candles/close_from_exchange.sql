-- purpose Takes bars that an exchange or an archive states into candles_1m, where they have precedence.
-- grain   One bar per symbol and minute.
-- writes  candles_1m
-- takes   :venue; :from (inclusive) and :to (exclusive); :known_at
-- trap    Prices are compared as ratios, because QuestDB takes doubles that differ by less than 1e-10 for equal.
-- note    A bar of complete ticks stays. A partial bar is replaced, and so is a bar without a trade where the exchange
--         states a volume. A bar that is there already and would not change is left alone.
INSERT INTO candles_1m (
  ts, venue, symbol, open, high, low, close, volume, quote_volume, buy_volume, sided_volume, trades, sided_trades, quotes,
  source, complete, known_at
)
SELECT * FROM (
  WITH
  stated AS (
    SELECT *
    FROM exchange_candles
    WHERE venue = :venue AND ts >= :from AND ts < :to
  ),
  present AS (
    SELECT ts, symbol, open, high, low, close, volume, trades, source, complete
    FROM candles_1m
    WHERE venue = :venue AND ts >= :from AND ts < :to
  )
  SELECT
    e.ts,
    e.venue,
    e.symbol,
    e.open,
    e.high,
    e.low,
    e.close,
    e.volume,
    e.quote_volume,
    e.buy_volume,
    CASE WHEN e.buy_volume IS NOT NULL THEN e.volume END,
    e.trades,
    CASE WHEN e.buy_volume IS NOT NULL THEN e.trades END,
    cast(null AS LONG),
    e.source,
    true,
    :known_at
  FROM stated e
  LEFT JOIN present c ON c.ts = e.ts AND c.symbol = e.symbol
  WHERE
    c.ts IS NULL
    OR (c.source = 'closer' AND (NOT c.complete OR (c.trades = 0 AND e.volume > 0.0)))
    OR (
      c.source <> 'closer'
      AND (
        c.open / e.open <> 1.0
        OR c.high / e.high <> 1.0
        OR c.low / e.low <> 1.0
        OR c.close / e.close <> 1.0
        OR least(c.volume, e.volume) / greatest(c.volume, e.volume) < 1.0
      )
    )
)
