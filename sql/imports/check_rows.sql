-- purpose Checks the rows of one part of an archive.
-- grain   One row of the archive. `reason` says why it is refused and is null where it is sound.
-- writes  checked, a view
-- reads   raw_ticks, a view; stretches, a table of what the survey of the file has found
-- takes   :now, in microseconds; :numbered, whether the archive has ids; :received_at, for rows that do not state it;
--         :lines_before, the rows before the part; :newest_first, whether the file begins with its newest row; :lines,
--         how many rows it has; :place, its place among files that lie within one instant
-- note    `seq` is the line of the row, counted from the end where the file begins with its newest row. Files may have
--         been cut within an instant: so the rows of its last instant come before those of any other file, and the rows
--         of its first instant after them. What lies within one instant as a whole comes between, in the order of
--         :place. Rows that state their place in the order of arrival keep it, and so do files without a survey.
-- engine  DuckDB
CREATE OR REPLACE TEMP VIEW checked AS
SELECT
  r.* EXCLUDE (refused) REPLACE (
    coalesce(received_at, :received_at) AS received_at,
    CASE
      WHEN s.first IS NULL THEN seq
      WHEN :newest_first THEN :lines + 1 - seq - :lines_before
      ELSE seq + :lines_before
    END
    + CASE
      WHEN s.first IS NULL THEN 0
      WHEN s.first = s.last THEN :place * 2147483648
      WHEN ts = s.first THEN 4503599627370496
      WHEN ts = s.last THEN -4503599627370496
      ELSE 0
    END AS seq
  ),
  CASE
    WHEN refused IS NOT NULL THEN refused
    WHEN kind IS NULL OR kind NOT IN ('trade', 'quote') THEN 'kind is neither trade nor quote'
    WHEN r.symbol IS NULL OR NOT regexp_full_match(r.symbol, '[A-Z0-9]+-[A-Z0-9]+') THEN 'unknown instrument'
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
FROM raw_ticks r
LEFT JOIN stretches s ON s.symbol = r.symbol
