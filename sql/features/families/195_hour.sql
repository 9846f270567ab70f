-- purpose Where a bar stands in the hour.
-- grain   One bar of one unbroken run of one symbol.
-- reads   bars, window 0
-- on      1m, 5m, 15m
--
-- family  range
-- hypothesis Programs trade at the full hour and at its quarters: the first minutes are livelier than those between.
--
-- feature hour_sin: relative in [-1, 1], warm-up 0, reach 0
-- formula sin(2 pi * share of the hour that has passed at ts)
-- null    never
-- source  Andersen and Bollerslev, Intraday Periodicity and Volatility Persistence, J. Empirical Finance 4 (1997)
-- input   hour_sin
--
-- feature hour_cos: relative in [-1, 1], warm-up 0, reach 0
-- formula cos(2 pi * share of the hour that has passed at ts)
-- null    never
-- source  Andersen and Bollerslev (1997)
-- input   hour_cos
--
-- feature half_hour_sin: relative in [-1, 1], warm-up 0, reach 0
-- formula sin(4 pi * share of the hour that has passed at ts)
-- null    never
-- source  Andersen and Bollerslev (1997)
-- input   half_hour_sin
--
-- feature half_hour_cos: relative in [-1, 1], warm-up 0, reach 0
-- formula cos(4 pi * share of the hour that has passed at ts)
-- null    never
-- source  Andersen and Bollerslev (1997)
-- input   half_hour_cos
WITH angles AS (
  SELECT ts, symbol, 6.283185307179586 * (ts::long % 3600000000) / 3600000000.0 AS hour
  FROM bars
)
SELECT
  ts,
  symbol,
  sin(hour) AS hour_sin,
  cos(hour) AS hour_cos,
  sin(2 * hour) AS half_hour_sin,
  cos(2 * hour) AS half_hour_cos
FROM angles
