{% test class_balance(model, column, shares) %}
  {%- do sme._require_of_gate('class_balance', {'column': column, 'shares': shares}) -%}
  {{ sme._gate('class_balance', 'at least', sme._label_shares(model, column, shares, 0)) }}
  UNION ALL
  {{ sme._gate('class_balance', 'at most', sme._label_shares(model, column, shares, 1)) }}
{% endtest %}

{#- The share of each label in a column, beside its least (place 0) or greatest (1) share. -#}
{% macro _label_shares(model, column, shares, place) %}
  {%- set limits = [] -%}
  {%- for label, range in shares.items() -%}
    {%- do limits.append('SELECT ' ~ sme._literal(sme._label(label)) ~ ' AS LABEL, CAST(' ~ range[place] ~ ' AS DOUBLE) AS ALLOWED') -%}
  {%- endfor -%}
    SELECT
        'Share of ' || LABEL || {{ sme._literal(' in ' ~ column) }} AS SUBJECT,
        AVG(CASE WHEN {{ sme._text_of(column) }} = LABEL THEN 1 WHEN {{ sme._text_of(column) }} <> LABEL THEN 0 END) AS MEASURED,
        ALLOWED
    FROM ({{ limits | join(' UNION ALL ') }}) limits
    LEFT JOIN {{ model }} ON {{ sme._column(column) }} IS NOT NULL
    GROUP BY LABEL, ALLOWED
{%- endmacro %}
