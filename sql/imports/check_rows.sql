-- purpose Checks the rows of one part of an archive.
-- grain   One row of the archive. `reason` says why it is refused and is null where it is sound.
-- writes  checked, a view
-- reads   raw_ticks, a view
-- takes   :now, in microseconds; :numbered, whether the archive has ids; :received_at, for rows that do not state it
-- engine  DuckDB
CREATE OR REPLACE TEMP VIEW checked AS
SELECT
  * EXCLUDE (refused) REPLACE (coalesce(received_at, :received_at) AS received_at),
  CASE
    WHEN refused IS NOT NULL THEN refused
    WHEN kind IS NULL OR kind NOT IN ('trade', 'quote') THEN 'kind is neither trade nor quote'
    WHEN symbol IS NULL OR NOT regexp_full_match(symbol, '[A-Z0-9]+-[A-Z0-9]+') THEN 'unknown instrument'
    WHEN ts IS NULL THEN 'time is not a number'
    WHEN ts < 0 THEN 'time is out of range'
    WHEN ts > :now + 300000000 THEN 'time is too far ahead'
    WHEN :numbered AND event_id IS NULL THEN 'trade without an id'
    WHEN isnan(price) OR isnan(bid) OR isnan(ask) OR isnan(high_24h) OR isnan(low_24h) THEN 'price is not a number'
    WHEN isnan(size) OR isnan(bid_size) OR isnan(ask_size) OR isnan(volume_24h) THEN 'size is not a number'
    WHEN kind = 'trade' AND price IS NULL THEN 'price is not a number'
    WHEN kind = 'trade' AND size IS NULL THEN 'size is not a number'
    WHEN coalesce(price, bid, ask) IS NULL THEN 'malformed row'
    WHEN least(price, bid, ask, high_24h, low_24h) <= 0 THEN 'price is not positive'
    WHEN isinf(greatest(price, bid, ask, high_24h, low_24h)) THEN 'price is not a number'
    WHEN isinf(greatest(size, bid_size, ask_size, volume_24h)) THEN 'size is not a number'
    WHEN kind = 'trade' AND size <= 0 OR least(size, bid_size, ask_size, volume_24h) < 0 THEN 'size is not positive'
    WHEN bid > ask THEN 'bid above ask'
  END AS reason
FROM raw_ticks
