-- purpose Lists the newest transactions of the one-minute candles, of whatever venue, with the first bar that each
--         wrote.
-- grain   One row per transaction, in their order.
-- trap    `first_bar` is null where the transaction wrote no bars, and always where the table was made by a server
--         without `cairo.default.sequencer.part.txn.count`.
SELECT
  sequencerTxn AS number,
  minTimestamp AS first_bar
FROM wal_transactions('candles_1m')
LIMIT -100
