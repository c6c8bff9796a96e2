{% test better_than_previous_version(model, metric, margin=0, data_set='Validation') %}
  {%- do sme._require_of_gate('better_than_previous_version', {'metric': metric}) -%}
  {%- set versions = sme._completed_versions(model, metric, data_set) -%}
  {%- set query -%}
    SELECT
        {{ sme._literal('Gain in ' ~ metric ~ ' (' ~ data_set ~ ') of ' ~ sme._tested_name(model) ~ ' from version ') }} || previous."VERSION" || ' to ' || newest."VERSION" AS SUBJECT,
        {{ sme._gain(metric, 'previous.ACHIEVED', 'newest.ACHIEVED') }} AS MEASURED,
        {{ sme._limit('better_than_previous_version', 'margin', margin) }} AS ALLOWED
    FROM {{ versions }} newest
    JOIN {{ versions }} previous ON previous.AGE = newest.AGE + 1
    WHERE newest.AGE = 1
  {%- endset -%}
  {{ sme._gate('better_than_previous_version', 'at least', query) }}
{% endtest %}
