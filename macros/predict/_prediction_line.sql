{#- A row as one line of CSV, made by the database: compiled, and on all nodes. -#}

{#- The type of the line. The UDF sees only types when it is asked for its output columns, so
    these two widths, which no other column should have, tell it what it is called with
    (LINE_TYPES in udfs/python/prediction.py has the same two). Raises E-SME-29. -#}
{% macro _line_type(on_error) %}
  {%- set types = {'fail': 'VARCHAR(1999999)', 'row': 'VARCHAR(1999998)'} -%}
  {%- if on_error not in types -%}
    {%- do sme._raise('E-SME-29', "on_error is '" ~ on_error ~ "', but it can be 'fail' (the query fails) or 'row' (the row gets an ERROR_MESSAGE)") -%}
  {%- endif -%}
  {%- do return(types[on_error]) -%}
{% endmacro %}

{#- The line with its line break, from the text expressions that the training export used.
    In Exasol NULL || ',' is ',', so NULL is the empty field; a line of nothing but an empty
    field would be read as no row at all, so it is the empty text in quotes. -#}
{% macro _csv_line(columns) %}
  {%- set fields = [] -%}
  {%- for column in columns -%}
    {%- do fields.append(sme._csv_field(column)) -%}
  {%- endfor -%}
  {%- if fields | length == 1 -%}
    {%- do return('NVL(' ~ fields[0] ~ ", '\"\"') || CHR(10)") -%}
  {%- endif -%}
  {%- do return('CONCAT(' ~ fields | join(", ',', ") ~ ', CHR(10))') -%}
{% endmacro %}

{#- A field: text in quotes, everything else as it is. -#}
{% macro _csv_field(column) %}
  {%- if column.type.split('(')[0].split(' ')[0] in ('VARCHAR', 'CHAR', 'GEOMETRY') -%}
    {%- do return("CASE WHEN " ~ column.text_sql ~ " IS NOT NULL THEN '\"' || REPLACE(" ~ column.text_sql ~ ", '\"', '\"\"') || '\"' END") -%}
  {%- endif -%}
  {%- do return(column.text_sql) -%}
{% endmacro %}
