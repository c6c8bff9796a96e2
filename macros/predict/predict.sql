{% macro predict(endpoint, relation, keys=[], parallelism=none, on_error='fail', schema=none, probability_columns=none, positive=none, threshold=none, costs=none, new_keys_only=false) %}
  {%- if not execute -%}{%- do return('(select * from ' ~ relation ~ ')') -%}{%- endif -%}
  {%- do sme._require('predict', {'endpoint': endpoint, 'relation': relation}) -%}
  {%- set endpoint = sme._endpoint_name(endpoint) -%}
  {%- set schema = sme._folded(sme._setting('schema', schema)) -%}
  {%- set keys = [keys] if keys is string else keys -%}
  {%- set line_type = sme._line_type(on_error) -%}
  {%- set wanted = sme._wanted_decision('predict', positive, threshold, costs, probability_columns) -%}
  {%- set row = sme._serving_endpoint(endpoint, schema) -%}
  {%- if not row -%}{%- do return(sme._decided(sme._no_predictions(relation, keys, line_type, sme._target_of({})), wanted)) -%}{%- endif -%}
  {%- set target = sme._target_behind(schema, 'SME_METADATA_AUTOPILOT_ENDPOINTS', 'ENDPOINT_NAME', row.endpoint_name) -%}
  {%- set wanted = sme._decision_of('predict', 'Endpoint ' ~ row.endpoint_name, target, keys, wanted) -%}
  {%- set groups = sme._groups_per_node(relation, parallelism) -%}
  {%- do return(sme._decided(sme._prediction_query(row, sme._rows_to_predict(relation, keys, new_keys_only), keys, groups, line_type, sme._decision_columns(wanted)), wanted)) -%}
{% endmacro %}

{#- The query in parentheses: keys and one line of CSV a row go through the UDF of the endpoint,
    spread over nodes and processes, and the keys come back under their own names. Without keys,
    the training columns take their place. -#}
{% macro _prediction_query(endpoint, relation, keys, groups, line_type, added=[]) %}
  {%- set columns = fromjson(endpoint.columns) -%}
  {%- set predictions = sme._prediction_columns(endpoint.problem_type, keys, line_type) -%}
  {%- set arguments, results, taken = [], [], [] -%}
  {%- for name in sme._passed_names(columns, keys, predictions + added) -%}
    {%- do arguments.append(sme._identifier(name)) -%}
    {%- do results.append(sme._identifier('KEY_' ~ loop.index) ~ ' AS ' ~ sme._identifier(name)) -%}
    {%- do taken.append(name) -%}
  {%- endfor -%}
  {%- for name in predictions -%}
    {%- do results.append(name ~ ' AS ' ~ sme._identifier(sme._free_name(name, taken))) -%}
  {%- endfor -%}
  {%- do arguments.append('CAST(' ~ sme._csv_line(columns) ~ ' AS ' ~ line_type ~ ')') -%}
  {%- set call = sme._identifier(endpoint.udf_schema) ~ '.' ~ sme._identifier(endpoint.endpoint_name) -%}
(
    SELECT {{ results | join(', ') }}
    FROM (
        SELECT {{ call }}({{ arguments | join(', ') }})
        FROM {{ relation }}
        GROUP BY IPROC(), MOD(ROWNUM, {{ groups }})
    )
)
{%- endmacro %}

{#- What comes back beside the columns that pass through. Without keys it is what the
    predecessor gave, in its order. -#}
{% macro _prediction_columns(problem_type, keys, line_type) %}
  {%- if problem_type == 'Regression' -%}
    {%- set columns = ['PREDICTIONS'] -%}
  {%- elif keys -%}
    {%- set columns = ['PREDICTIONS', 'PROBABILITY', 'PROBABILITIES', 'LABELS'] -%}
  {%- else -%}
    {%- set columns = ['PROBABILITY', 'PREDICTIONS'] -%}
  {%- endif -%}
  {%- do return(columns + (['ERROR_MESSAGE'] if line_type == sme._line_type('row') else [])) -%}
{% endmacro %}

{#- The names of the columns that pass through. Raises E-SME-30. -#}
{% macro _passed_names(columns, keys, predictions) %}
  {%- set names = [] -%}
  {%- for key in keys -%}
    {%- set name = sme._folded(key) -%}
    {%- if name in predictions -%}
      {%- do sme._raise('E-SME-30', 'Key ' ~ key ~ ' has the name of a column that predictions have themselves. Rename it in a model in front') -%}
    {%- endif -%}
    {%- do names.append(name) -%}
  {%- endfor -%}
  {%- do return(names or columns | map(attribute='name') | list) -%}
{% endmacro %}

{#- The name, with as many `_` behind it as it takes to be none of those taken. -#}
{% macro _free_name(name, taken) %}
  {%- do return(sme._free_name(name ~ '_', taken) if name in taken else name) -%}
{% endmacro %}
