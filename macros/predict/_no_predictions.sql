{#- A query with the columns of predictions and no rows, for when nothing is to be asked. They are those
    of the model as far as its `target` is known (see _target_of). -#}
{% macro _no_predictions(relation, keys, line_type, target) %}
  {%- set text = 'VARCHAR(2000000)' -%}
  {%- set types = {
    'PREDICTIONS': 'DOUBLE' if target.problem_type == 'Regression' else target.type or text,
    'PROBABILITY': 'DOUBLE', 'ERROR_MESSAGE': 'VARCHAR(2000)',
  } -%}
  {%- set predictions = sme._prediction_columns(target.problem_type, keys, line_type) -%}
  {%- set passed = sme._passed_names(target.features, keys, predictions) -%}
  {%- set taken = passed | list -%}
  {%- set results = [] if passed else ['rows_to_predict.*'] -%}
  {%- for name in passed -%}
    {%- do results.append('rows_to_predict.' ~ sme._identifier(name)) -%}
  {%- endfor -%}
  {%- for name in predictions -%}
    {%- do results.append('CAST(NULL AS ' ~ types.get(name, text) ~ ') AS ' ~ sme._identifier(sme._free_name(name, taken))) -%}
  {%- endfor -%}
(
    SELECT {{ results | join(', ') }}
    FROM (SELECT * FROM {{ relation }}) rows_to_predict
    WHERE FALSE
)
{%- endmacro %}
