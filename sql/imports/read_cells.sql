-- purpose Cuts the lines of a file into cells.
-- grain   One line that is not empty.
-- writes  cells, a view
-- takes   :file; :delimiter, the code of its character
-- note    A line is read whole, so that a refused one is kept as it came. Only a line that has quotes is cut the slow
--         way.
-- engine  DuckDB
CREATE OR REPLACE TEMP VIEW cells AS
SELECT
  line,
  CASE
    -- Lines that we wrote ourselves have the unit separator between their cells, and no quoting.
    WHEN :delimiter <> 31 AND contains(line, '"') THEN list_transform(
      regexp_extract_all(
        chr(:delimiter) || line,
        regexp_escape(chr(:delimiter)) || '( *"(?:[^"]|"")*" *|[^' || regexp_escape(chr(:delimiter)) || ']*)',
        1
      ),
      lambda cell: CASE
        WHEN starts_with(trim(cell), '"') THEN replace(trim(cell)[2:-2], '""', '"')
        ELSE cell
      END
    )
    ELSE string_split(line, chr(:delimiter))
  END AS cells
FROM (
  SELECT CASE WHEN ends_with(line, chr(13)) THEN line[:-2] ELSE line END AS line
  FROM read_csv(
    :file,
    columns = {'line': 'VARCHAR'},
    auto_detect = false,
    header = false,
    delim = '\0',
    quote = '',
    escape = '',
    strict_mode = false,
    max_line_size = 1048576,
    buffer_size = 4194304,
    ignore_errors = true
  )
)
WHERE line <> ''
