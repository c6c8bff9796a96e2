{% test no_unseen_categories(model, reference, columns, at_most=0) %}
  {%- do sme._require_of_gate('no_unseen_categories', {'reference': reference, 'columns': columns}) -%}
  {%- set queries = [] -%}
  {%- for column in ([columns] if columns is string else columns) -%}
    {%- set query -%}
    SELECT
        {{ sme._literal('Number of rows with ' ~ column ~ ' ') }} || VAL || {{ sme._literal(', which is not in ' ~ reference ~ ',') }} AS SUBJECT,
        NUMBER_OF_ROWS AS MEASURED,
        {{ sme._limit('no_unseen_categories', 'at_most', at_most) }} AS ALLOWED
    FROM {{ sme._counted_values(model, column) }} counted
    WHERE VAL NOT IN (SELECT VAL FROM {{ sme._counted_values(reference, column) }} known)
    UNION ALL {{ sme._unless_it_has_values(model, column) }}
    {%- endset -%}
    {%- do queries.append(query) -%}
  {%- endfor -%}
  {{ sme._gate('no_unseen_categories', 'at most', queries | join(' UNION ALL ')) }}
{% endtest %}

{#- The values of a column as text, VAL, and how many rows have each. NULL is left out. -#}
{% macro _counted_values(relation, column) %}
(
    SELECT {{ sme._text_of(column) }} AS VAL, CAST(COUNT(*) AS DOUBLE) AS NUMBER_OF_ROWS
    FROM {{ relation }}
    WHERE {{ sme._column(column) }} IS NOT NULL
    GROUP BY {{ sme._text_of(column) }}
)
{%- endmacro %}

{#- A row that cannot be measured, where a column has no values that categories could be seen in. -#}
{% macro _unless_it_has_values(relation, column) %}
    SELECT
        {{ sme._literal('Number of values in ' ~ column ~ ' of ' ~ sme._tested_name(relation)) }} AS SUBJECT,
        CAST(NULL AS DOUBLE) AS MEASURED,
        CAST(0 AS DOUBLE) AS ALLOWED
    FROM (SELECT COUNT({{ sme._column(column) }}) AS NUMBER_OF_VALUES FROM {{ relation }}) counted
    WHERE NUMBER_OF_VALUES = 0
{%- endmacro %}
