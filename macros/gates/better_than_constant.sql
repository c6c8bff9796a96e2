{% test better_than_constant(model, metric, relation, target, margin=0, data_set='Validation') %}
  {%- do sme._require_of_gate('better_than_constant', {'metric': metric, 'relation': relation, 'target': target}) -%}
  {%- set query -%}
    SELECT
        {{ sme._literal('Gain in ' ~ metric ~ ' (' ~ data_set ~ ') over a constant prediction of ') }} || VERSION_NAME AS SUBJECT,
        {{ sme._gain(metric, 'flat.ACHIEVED', 'newest.ACHIEVED') }} AS MEASURED,
        {{ sme._limit('better_than_constant', 'margin', margin) }} AS ALLOWED
    FROM {{ sme._newest_result(model, metric, data_set) }} newest
    CROSS JOIN {{ sme._constant_result(metric, relation, target) }} flat
  {%- endset -%}
  {{ sme._gate('better_than_constant', 'more than', query) }}
{% endtest %}
