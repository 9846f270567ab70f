-- purpose Makes `BTC-USDT` of BTC-USDT, btc/usdt, BTC_USDT or BTCUSDT.
-- engine  DuckDB
CREATE OR REPLACE TEMP MACRO canonical_symbol(name) AS
  CASE
    WHEN contains(name, '-') THEN upper(name)
    WHEN contains(name, '/') OR contains(name, '_') THEN upper(replace(replace(name, '/', '-'), '_', '-'))
    ELSE regexp_replace(upper(name), '^(.+)(USDT|USDC|FDUSD|BUSD|TUSD|USD|EUR|TRY|BTC|ETH|BNB)$', '\1-\2')
  END
