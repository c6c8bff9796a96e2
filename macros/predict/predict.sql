{% macro predict(endpoint, relation, keys=[], parallelism=4, schema=none) %}
  {%- if not execute -%}{%- do return('(select * from ' ~ relation ~ ')') -%}{%- endif -%}
  {%- do sme._require('predict', {'endpoint': endpoint, 'relation': relation}) -%}
  {%- set schema = sme._folded(sme._setting('schema', schema)) -%}
  {%- set row = sme._serving_endpoint(endpoint, schema) -%}
  {%- if not row -%}{%- do return(sme._no_predictions(relation, keys)) -%}{%- endif -%}
  {%- do return(sme._prediction_query(row, relation, keys, parallelism)) -%}
{% endmacro %}

{#- The query in parentheses: keys and features go through the UDF of the endpoint, spread over
    nodes and processes, and the keys come back under their own names. Features are sent as the
    text expressions that the training export used, which the registry keeps. -#}
{% macro _prediction_query(endpoint, relation, keys, parallelism) %}
  {%- set classification = endpoint.problem_type != 'Regression' -%}
  {%- set outputs = ['PREDICTIONS'] + (['PROBABILITY', 'PROBABILITIES', 'LABELS'] if classification else []) -%}
  {%- set arguments, results = [], [] -%}
  {%- for key in keys -%}
    {%- set name = sme._folded(key) -%}
    {%- if name in outputs -%}
      {%- do sme._raise('E-SME-30', 'Key ' ~ key ~ ' has the name of a column that predictions have themselves. Rename it in a model in front') -%}
    {%- endif -%}
    {%- do arguments.append(sme._identifier(name)) -%}
    {%- do results.append(sme._identifier('KEY_' ~ loop.index) ~ ' AS ' ~ sme._identifier(name)) -%}
  {%- endfor -%}
  {%- for column in fromjson(endpoint.columns) -%}
    {%- do arguments.append(column.text_sql) -%}
  {%- endfor -%}
  {%- set call = sme._identifier(endpoint.udf_schema) ~ '.' ~ sme._identifier(endpoint.endpoint_name) -%}
  {%- set select_list = (results + outputs) | join(', ') if keys else '*' -%}
(
    SELECT {{ select_list }}
    FROM (
        SELECT {{ call }}({{ arguments | join(', ') }})
        FROM {{ relation }}
        GROUP BY IPROC(), MOD(ROWNUM, {{ parallelism | int }})
    )
)
{%- endmacro %}
