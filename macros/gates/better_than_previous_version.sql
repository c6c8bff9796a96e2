{#- The last version that was accepted is what counts: were it one that was rejected, a model could
    get worse step by step. Where none ever was, it is the completed one before. -#}
{% test better_than_previous_version(model, metric, margin=0, data_set='Validation') %}
  {%- do sme._require_of_gate('better_than_previous_version', {'metric': metric}) -%}
  {%- set versions = sme._completed_versions(model, metric, data_set) -%}
  {%- set query -%}
    SELECT
        {{ sme._literal('Gain in ' ~ metric ~ ' (' ~ data_set ~ ') of ' ~ sme._tested_name(model) ~ ' from version ') }} || previous."VERSION" || ' to ' || newest."VERSION" AS SUBJECT,
        {{ sme._gain(metric, 'previous.ACHIEVED', 'newest.ACHIEVED') }} AS MEASURED,
        {{ sme._limit('better_than_previous_version', 'margin', margin) }} AS ALLOWED
    FROM {{ versions }} newest
    CROSS JOIN (
        SELECT * FROM {{ versions }} WHERE AGE > 1
        ORDER BY CASE WHEN PROMOTED_AT IS NULL THEN 1 ELSE 0 END, AGE LIMIT 1
    ) previous
    WHERE newest.AGE = 1
  {%- endset -%}
  {{ sme._gate('better_than_previous_version', 'at least', query) }}
{% endtest %}
