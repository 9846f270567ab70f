-- purpose Where a bar stands in the day, in the week and between two fundings.
-- grain   One bar of one unbroken run of one symbol.
-- reads   bars, window 0
--
-- family  scaled
-- hypothesis Activity, volatility and drift follow the hours of the day, the weekend, and the fundings of perpetual
--         swaps at 00:00, 08:00 and 16:00 UTC, before which positions are changed.
--
-- feature day_sin: relative in [-1, 1], warm-up 0, reach 0
-- formula sin(2 pi * share of the UTC day that has passed at ts)
-- null    never
-- source  Andersen and Bollerslev, Intraday Periodicity and Volatility Persistence, J. Empirical Finance 4 (1997)
-- input   day_sin
--
-- feature day_cos: relative in [-1, 1], warm-up 0, reach 0
-- formula cos(2 pi * share of the UTC day that has passed at ts)
-- null    never
-- source  Andersen and Bollerslev (1997)
-- input   day_cos
--
-- feature week_sin: relative in [-1, 1], warm-up 0, reach 0
-- formula sin(2 pi * share of the week that has passed at ts since Monday, 00:00 UTC)
-- null    never
-- source  French, Stock Returns and the Weekend Effect, J. Financial Economics 8 (1980)
-- input   week_sin
--
-- feature week_cos: relative in [-1, 1], warm-up 0, reach 0
-- formula cos(2 pi * share of the week that has passed at ts since Monday, 00:00 UTC)
-- null    never
-- source  French (1980)
-- input   week_cos
--
-- feature funding_sin: relative in [-1, 1], warm-up 0, reach 0
-- formula sin(2 pi * share of the eight hours that has passed at ts since 00:00, 08:00 or 16:00 UTC)
-- null    never
-- source  He, Manela, Ross and von Wachter, Fundamentals of Perpetual Futures (2022), funding every eight hours
-- input   funding_sin
--
-- feature funding_cos: relative in [-1, 1], warm-up 0, reach 0
-- formula cos(2 pi * share of the eight hours that has passed at ts since 00:00, 08:00 or 16:00 UTC)
-- null    never
-- source  He, Manela, Ross and von Wachter (2022)
-- input   funding_cos
WITH angles AS (
  -- Microseconds; 1970 began on a Thursday, three days after a Monday.
  SELECT
    ts,
    symbol,
    6.283185307179586 * (ts::long % 86400000000) / 86400000000.0 AS day,
    6.283185307179586 * ((ts::long + 259200000000) % 604800000000) / 604800000000.0 AS week,
    6.283185307179586 * (ts::long % 28800000000) / 28800000000.0 AS funding
  FROM bars
)
SELECT
  ts,
  symbol,
  sin(day) AS day_sin,
  cos(day) AS day_cos,
  sin(week) AS week_sin,
  cos(week) AS week_cos,
  sin(funding) AS funding_sin,
  cos(funding) AS funding_cos
FROM angles
