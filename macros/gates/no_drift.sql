{% test no_drift(model, reference, columns, at_most=0.2, bins=10) %}
  {%- do sme._require_of_gate('no_drift', {'reference': reference, 'columns': columns}) -%}
  {%- do sme._require_bins('no_drift', bins) -%}
  {%- set numbers = sme._number_columns(reference) -%}
  {%- set queries = [] -%}
  {%- for column in ([columns] if columns is string else columns) -%}
    {%- set bin = sme._quantile_bin(column, bins) if sme._folded(column) in numbers else sme._text_of(column) -%}
    {%- set bounds = sme._quantile_bounds(reference, column, bins) if sme._folded(column) in numbers else '' -%}
    {%- set query -%}
    SELECT
        {{ sme._literal('Population stability index of ' ~ column) }} AS SUBJECT,
        SUM((NEW_PART - OLD_PART) * LN(NEW_PART / OLD_PART)) AS MEASURED,
        {{ sme._limit('no_drift', 'at_most', at_most) }} AS ALLOWED
    FROM (
        SELECT
            GREATEST(SUM(IS_NEW) / NULLIF(SUM(SUM(IS_NEW)) OVER (), 0), 0.0001) AS NEW_PART,
            GREATEST(SUM(IS_OLD) / NULLIF(SUM(SUM(IS_OLD)) OVER (), 0), 0.0001) AS OLD_PART
        FROM (
            SELECT 0 AS IS_NEW, 1 AS IS_OLD, {{ bin }} AS BIN FROM {{ reference }} {{ bounds }}
            UNION ALL
            SELECT 1, 0, {{ bin }} FROM {{ model }} {{ bounds }}
        ) binned
        GROUP BY BIN
    ) parts
    {%- endset -%}
    {%- do queries.append(query) -%}
  {%- endfor -%}
  {{ sme._gate('no_drift', 'at most', queries | join(' UNION ALL ')) }}
{% endtest %}

{#- The names of the columns of a relation that hold numbers. -#}
{% macro _number_columns(relation) %}
  {%- set names = [] -%}
  {%- for column in (adapter.get_columns_in_relation(relation) if execute else []) if column.dtype.upper().split('(')[0] in ('DECIMAL', 'DOUBLE') -%}
    {%- do names.append(column.name) -%}
  {%- endfor -%}
  {%- do return(names) -%}
{% endmacro %}

{#- The bounds between the bins: quantiles of the reference, so that each bin has as many of its
    rows, as one row of BOUND_1, BOUND_2 ... to join. -#}
{% macro _quantile_bounds(reference, column, bins) %}
  {%- set bounds = [] -%}
  {%- for bin in range(1, bins) -%}
    {%- do bounds.append('PERCENTILE_CONT(' ~ bin / bins ~ ') WITHIN GROUP (ORDER BY ' ~ sme._column(column) ~ ') AS BOUND_' ~ bin) -%}
  {%- endfor -%}
  {%- do return('CROSS JOIN (SELECT ' ~ bounds | join(', ') ~ ' FROM ' ~ reference ~ ') bounds') -%}
{% endmacro %}

{#- The number of the bin of a row; NULL is a bin of its own. -#}
{% macro _quantile_bin(column, bins) %}
  {%- set cases = [sme._column(column) ~ ' IS NULL THEN 0'] -%}
  {%- for bin in range(1, bins) -%}
    {%- do cases.append(sme._column(column) ~ ' <= BOUND_' ~ bin ~ ' THEN ' ~ bin) -%}
  {%- endfor -%}
  {%- do return('CASE WHEN ' ~ cases | join(' WHEN ') ~ ' ELSE ' ~ bins ~ ' END') -%}
{% endmacro %}
