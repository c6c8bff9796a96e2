{% test class_balance(model, column, shares) %}
  {%- do sme._require_of_gate('class_balance', {'column': column, 'shares': shares}) -%}
  {{ sme._gate('class_balance', 'at least', sme._label_shares(model, column, shares, 0)) }}
  UNION ALL
  {{ sme._gate('class_balance', 'at most', sme._label_shares(model, column, shares, 1)) }}
{% endtest %}

{#- The share of each label in a column, beside its least (place 0) or greatest (1) share. Raises
    E-SME-134. -#}
{% macro _label_shares(model, column, shares, place) %}
  {%- for range in (shares.values() if shares is mapping else [shares]) if execute and (shares is not mapping or range is string or range is not sequence or range | length != 2) -%}
    {%- do sme._raise('E-SME-134', 'Gate sme.class_balance has shares: ' ~ shares ~ ', but needs the least and the greatest share of each label, such as {pos: [0.01, 0.05]}') -%}
  {%- endfor -%}
  {%- set limits = [] -%}
  {%- for label, range in (shares.items() if shares is mapping else []) -%}
    {%- do limits.append('SELECT ' ~ sme._literal(sme._label(label)) ~ ' AS LABEL, ' ~ sme._limit('class_balance', 'shares of ' ~ label, range[place]) ~ ' AS ALLOWED') -%}
  {%- endfor -%}
    SELECT
        'Share of ' || LABEL || {{ sme._literal(' in ' ~ column) }} AS SUBJECT,
        AVG(CASE WHEN {{ sme._text_of(column) }} = LABEL THEN 1 WHEN {{ sme._text_of(column) }} <> LABEL THEN 0 END) AS MEASURED,
        ALLOWED
    FROM ({{ limits | join(' UNION ALL ') }}) limits
    LEFT JOIN {{ model }} ON {{ sme._column(column) }} IS NOT NULL
    GROUP BY LABEL, ALLOWED
{%- endmacro %}
