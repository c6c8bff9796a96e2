{% test metric_at_least(model, metric, value, data_set='Validation') %}
  {%- do sme._require_of_gate('metric_at_least', {'metric': metric, 'value': value}) -%}
  {%- set query -%}
    SELECT
        {{ sme._literal(metric ~ ' (' ~ data_set ~ ') of ') }} || VERSION_NAME AS SUBJECT,
        ACHIEVED AS MEASURED,
        {{ sme._limit('metric_at_least', 'value', value) }} AS ALLOWED
    FROM {{ sme._newest_result(model, metric, data_set) }} newest
  {%- endset -%}
  {{ sme._gate('metric_at_least', 'at least', query) }}
{% endtest %}
