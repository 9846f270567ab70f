-- purpose Makes the one-minute bars of a venue from its ticks.
-- grain   One bar per symbol and minute.
-- writes  candles_1m
-- takes   {prints}, the statement that makes of the trades what a bar says of them (see prints.sql); :venue; :symbols,
--         those that the feed carries; :from (inclusive) and :to (exclusive), whole minutes, at most some days apart;
--         :minutes, how many minutes lie between them; :known_at
-- trap    Prices are compared as ratios, because QuestDB takes doubles that differ by less than 1e-10 for equal.
-- trap    Ticks are read for all symbols of the venue, because a list of symbols in that filter costs more than it
--         saves.
-- note    Open, high, low and close come from the trades of the minute if it has any, else from the last prices that
--         its quotes state.
-- note    Quotes of one time count in the order of arrival. Where their id is a number, that is the order in which the
--         table keeps them, because it sorts rows of one time by its keys. Only others have to be sorted.
-- note    Where no trade of the minute has a side, `buy_volume` and `sided_volume` are null: nobody knows who bought.
-- note    A healthy minute in which nothing was printed gives a flat bar at the last close with volume 0. A minute that
--         a gap touches is incomplete: it gives no bar if nothing was printed, and its bar yields to the bar of the
--         exchange, which the next step takes over. A flat bar that was made before the gap was known becomes
--         incomplete. A minute without a trade yields too if the exchange states a volume for it, because an archive of
--         quotes says nothing about trades.
-- note    A symbol has no bars before its first tick. That there were earlier ticks is known from a bar made of ticks
--         within the last day. A bar that would not change is left alone, so that its known_at stays true.
INSERT INTO candles_1m (
  ts, venue, symbol, open, high, low, close, volume, quote_volume, buy_volume, sided_volume, trades, sided_trades, quotes,
  spread, imbalance, source, complete, known_at
)
SELECT * FROM (
  WITH
  minutes AS (
    SELECT dateadd('m', cast(x - 1 AS INT), :from) AS ts
    FROM long_sequence(:minutes)
  ),
  seen AS (
    SELECT symbol, min(since) AS since
    FROM (
      SELECT symbol, min(ts) AS since FROM ticks WHERE venue = :venue AND ts >= :from AND ts < :to
      UNION ALL
      SELECT symbol, max(ts) AS since
      FROM candles_1m
      WHERE venue = :venue AND source = 'closer' AND ts < :from AND ts >= dateadd('d', -1, :from)
    )
    WHERE symbol IN :symbols
  ),
  prints AS (
    {prints}
  ),
  quoted AS (
    SELECT
      ts AS minute,
      symbol,
      first_not_null(price) AS open,
      max(price) AS high,
      min(price) AS low,
      last_not_null(price) AS close,
      count() AS quotes,
      avg(2 * (ask - bid) / (ask + bid)) AS spread,
      avg((bid_size - ask_size) / (bid_size + ask_size)) AS imbalance
    FROM ticks
    WHERE venue = :venue AND ts >= :from AND ts < :to AND kind = 'quote'
    SAMPLE BY 1m
  ),
  quote_edges AS (
    SELECT minute, symbol, first(price) AS open, last(price) AS close
    FROM (
      SELECT timestamp_floor('1m', ts) AS minute, symbol, ts, seq, price
      FROM ticks
      WHERE venue = :venue AND ts >= :from AND ts < :to AND kind = 'quote' AND price IS NOT NULL AND length(event_id) > 15
      ORDER BY ts, seq
    )
    GROUP BY minute, symbol
  ),
  gap_states AS (
    SELECT symbol, event, since, until
    FROM gaps
    WHERE venue = :venue AND level = 'trades'
    LATEST ON ts PARTITION BY gap_id
  ),
  broken AS (
    SELECT DISTINCT m.ts AS ts, g.symbol AS symbol
    FROM minutes m
    CROSS JOIN (SELECT * FROM gap_states WHERE event <> 'healed' AND since < :to AND (until IS NULL OR until > :from)) g
    WHERE g.since < dateadd('m', 1, m.ts) AND (g.until IS NULL OR g.until > m.ts)
  ),
  before AS (
    SELECT symbol, close
    FROM candles_1m
    WHERE venue = :venue AND symbol IN :symbols AND ts < :from AND ts >= dateadd('d', -1, :from)
    LATEST ON ts PARTITION BY symbol
  ),
  grid AS (
    SELECT
      m.ts AS ts,
      s.symbol AS symbol,
      CASE WHEN p.trades > 0 THEN p.open ELSE coalesce(n.open, q.open) END AS open,
      CASE WHEN p.trades > 0 THEN p.high ELSE q.high END AS high,
      CASE WHEN p.trades > 0 THEN p.low ELSE q.low END AS low,
      coalesce(p.close, n.close, q.close, CASE WHEN m.ts = :from THEN b.close END) AS close,
      p.volume AS volume,
      p.quote_volume AS quote_volume,
      p.buy_volume AS buy_volume,
      p.sided_volume AS sided_volume,
      p.trades AS trades,
      p.sided_trades AS sided_trades,
      q.quotes AS quotes,
      q.spread AS spread,
      q.imbalance AS imbalance,
      x.ts IS NULL AS complete,
      s.since AS since
    FROM minutes m
    CROSS JOIN seen s
    LEFT JOIN prints p ON p.minute = m.ts AND p.symbol = s.symbol
    LEFT JOIN quoted q ON q.minute = m.ts AND q.symbol = s.symbol
    LEFT JOIN quote_edges n ON n.minute = m.ts AND n.symbol = s.symbol
    LEFT JOIN broken x ON x.ts = m.ts AND x.symbol = s.symbol
    LEFT JOIN before b ON b.symbol = s.symbol
  ),
  carried AS (
    SELECT
      *,
      last_value(close) IGNORE NULLS OVER (
        PARTITION BY symbol ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS last_close
    FROM grid
  ),
  bars AS (
    SELECT
      ts,
      symbol,
      coalesce(open, last_close) AS open,
      coalesce(high, last_close) AS high,
      coalesce(low, last_close) AS low,
      coalesce(close, last_close) AS close,
      coalesce(volume, 0.0) AS volume,
      coalesce(quote_volume, 0.0) AS quote_volume,
      CASE WHEN trades > 0 THEN buy_volume ELSE 0.0 END AS buy_volume,
      CASE WHEN trades > 0 THEN sided_volume ELSE 0.0 END AS sided_volume,
      coalesce(trades, 0) AS trades,
      coalesce(sided_trades, 0) AS sided_trades,
      coalesce(quotes, 0) AS quotes,
      spread,
      imbalance,
      complete
    FROM carried
    WHERE last_close IS NOT NULL AND since < dateadd('m', 1, ts)
  ),
  stated AS (
    SELECT ts, symbol, volume
    FROM exchange_candles
    WHERE venue = :venue AND symbol IN :symbols AND ts >= :from AND ts < :to
  ),
  present AS (
    SELECT ts, symbol, open, high, low, close, volume, sided_trades, trades, quotes, complete, source
    FROM candles_1m
    WHERE venue = :venue AND symbol IN :symbols AND ts >= :from AND ts < :to
  )
  SELECT
    b.ts,
    :venue,
    b.symbol,
    b.open,
    b.high,
    b.low,
    b.close,
    b.volume,
    b.quote_volume,
    b.buy_volume,
    b.sided_volume,
    b.trades,
    b.sided_trades,
    b.quotes,
    b.spread,
    b.imbalance,
    'closer',
    b.complete,
    :known_at
  FROM bars b
  LEFT JOIN stated e ON e.ts = b.ts AND e.symbol = b.symbol
  LEFT JOIN present c ON c.ts = b.ts AND c.symbol = b.symbol
  WHERE
    (b.complete OR b.trades > 0 OR b.quotes > 0 OR (c.source = 'closer' AND c.trades = 0 AND c.quotes = 0))
    AND (b.trades > 0 OR e.volume IS NULL OR e.volume <= 0.0)
    AND (b.complete OR (e.ts IS NULL AND c.ts IS NULL) OR c.source = 'closer' AND (e.ts IS NULL OR c.complete))
    AND (
      c.ts IS NULL
      OR c.source <> 'closer'
      OR c.trades <> b.trades
      OR c.quotes <> b.quotes
      OR c.complete <> b.complete
      OR c.sided_trades <> b.sided_trades
      OR c.sided_trades IS NULL
      OR c.open / b.open <> 1.0
      OR c.high / b.high <> 1.0
      OR c.low / b.low <> 1.0
      OR c.close / b.close <> 1.0
      OR least(c.volume, b.volume) / greatest(c.volume, b.volume) < 1.0
    )
)
