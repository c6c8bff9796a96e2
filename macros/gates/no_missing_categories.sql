{% test no_missing_categories(model, reference, columns, at_least=1) %}
  {%- do sme._require_of_gate('no_missing_categories', {'reference': reference, 'columns': columns}) -%}
  {%- set queries = [] -%}
  {%- for column in ([columns] if columns is string else columns) -%}
    {%- set query -%}
    SELECT
        {{ sme._literal('Number of rows with ' ~ column ~ ' ') }} || known.VAL || {{ sme._literal(', which is in ' ~ reference ~ ',') }} AS SUBJECT,
        COALESCE(counted.NUMBER_OF_ROWS, 0) AS MEASURED,
        {{ sme._limit('no_missing_categories', 'at_least', at_least) }} AS ALLOWED
    FROM {{ sme._counted_values(reference, column) }} known
    LEFT JOIN {{ sme._counted_values(model, column) }} counted ON counted.VAL = known.VAL
    UNION ALL {{ sme._unless_it_has_values(reference, column) }}
    {%- endset -%}
    {%- do queries.append(query) -%}
  {%- endfor -%}
  {{ sme._gate('no_missing_categories', 'at least', queries | join(' UNION ALL ')) }}
{% endtest %}
