{% macro forecast(endpoint, relation, schema=none) %}
  {%- if not execute -%}{%- do return('(select * from ' ~ relation ~ ')') -%}{%- endif -%}
  {%- do sme._require('forecast', {'endpoint': endpoint, 'relation': relation}) -%}
  {%- set endpoint = sme._endpoint_name(endpoint) -%}
  {%- set schema = sme._folded(sme._setting('schema', schema)) -%}
  {%- set serving = sme._serving_endpoint(endpoint, schema) -%}
  {%- set row = sme._forecast_row(schema, endpoint) -%}
  {%- if not serving -%}{%- do return(sme._no_forecast(row, relation)) -%}{%- endif -%}
  {%- if serving.problem_type != 'TimeSeriesForecasting' -%}
    {%- do sme._raise('E-SME-20', 'Endpoint ' ~ endpoint ~ ' is of problem type ' ~ serving.problem_type ~ ', so it does not forecast. Use sme.predict') -%}
  {%- endif -%}
  {%- do return(sme._forecast_query(schema, row, sme._none_if_empty(relation))) -%}
{% endmacro %}

{#- What the registry knows of an endpoint and of the training behind it, or nothing. -#}
{% macro _forecast_row(schema, endpoint_name) %}
  {%- if 'SME_METADATA_AUTOPILOT_ENDPOINTS' not in sme._existing_registry(schema) -%}{%- do return({}) -%}{%- endif -%}
  {%- set query -%}
    SELECT e.ENDPOINT_NAME, e.AWS_CREDENTIALS_CONNECTION_NAME, e.AWS_REGION, j."COLUMNS", j.SETTINGS
    FROM {{ sme._identifier(schema) }}.SME_METADATA_AUTOPILOT_ENDPOINTS e
    JOIN {{ sme._identifier(schema) }}.SME_METADATA_AUTOPILOT_JOBS j ON j.JOB_NAME = e.JOB_NAME
    WHERE UPPER(e.ENDPOINT_NAME) = UPPER({{ sme._literal(endpoint_name) }})
      AND e.PROBLEM_TYPE = 'TimeSeriesForecasting'
  {%- endset -%}
  {%- do return(sme._first_row(run_query(query))) -%}
{% endmacro %}

{#- What a forecast consists of: `keys` (columns that name a series) and `values` (names). The
    answer has the grouping columns in the order of the training table, as the job was asked for
    them. -#}
{% macro _forecast_parts(row) %}
  {%- set by_role = {} -%}
  {%- for column in fromjson(row.columns) -%}
    {%- do by_role.setdefault(column.role, []).append(column) -%}
  {%- endfor -%}
  {%- set quantiles = fromjson(row.settings).get('forecast_quantiles') or ['p10', 'p50', 'p90'] -%}
  {%- do return({
    'keys': by_role['item'] + by_role.get('grouping', []),
    'time': by_role['time'][0],
    'values': quantiles + ['mean'],
  }) -%}
{% endmacro %}

{#- The query in parentheses: each series goes to the endpoint as lines of CSV, and comes back as
    its next steps, with the columns of the training under their names and types. -#}
{% macro _forecast_query(schema, row, relation) %}
  {%- set parts, columns = sme._forecast_parts(row), fromjson(row.columns) -%}
  {%- set results, groups, fields = [], [], [] -%}
  {%- for key in parts['keys'] -%}
    {%- do groups.append(sme._identifier(key.name)) -%}
    {%- do results.append('CAST(KEY_' ~ loop.index ~ ' AS ' ~ key.type ~ ') AS ' ~ sme._identifier(key.name)) -%}
  {%- endfor -%}
  {%- do results.append("TO_TIMESTAMP(FORECAST_TIME, 'YYYY-MM-DD HH24:MI:SS') AS " ~ sme._identifier(parts['time'].name)) -%}
  {%- for value in parts['values'] -%}
    {%- do results.append('VALUE_' ~ loop.index ~ ' AS ' ~ sme._identifier(value | upper)) -%}
  {%- endfor -%}
  {%- for column in columns -%}
    {%- do fields.append("'\"' || REPLACE(" ~ column.text_sql ~ ", '\"', '\"\"') || '\"'") -%}
  {%- endfor -%}
  {%- set definition = tojson({
    'endpoint_name': row.endpoint_name,
    'aws_s3_connection': row.aws_credentials_connection_name,
    'aws_region': row.aws_region,
    'columns': columns | map(attribute='name') | list,
    'key_count': parts['keys'] | length,
    'value_count': parts['values'] | length
  }) -%}
(
    SELECT {{ results | join(', ') }}
    FROM (
        SELECT {{ sme._identifier(schema) }}.SME_AUTOPILOT_FORECAST_UDF({{ sme._literal(definition) }}, CONCAT({{ fields | join(", ',', ") }}))
        FROM {{ relation }}
        GROUP BY {{ groups | join(', ') }}
    )
)
{%- endmacro %}

{#- A query with the columns of a forecast and no rows, for when there is no endpoint to ask: those
    of an endpoint that was, or all of the relation with the quantiles that AWS takes by default. -#}
{% macro _no_forecast(row, relation) %}
  {%- set columns, values = ['series.*'], ['p10', 'p50', 'p90', 'mean'] -%}
  {%- if row -%}
    {%- set parts = sme._forecast_parts(row) -%}
    {%- set columns, values = [], parts['values'] -%}
    {%- for key in parts['keys'] -%}
      {%- do columns.append('CAST(NULL AS ' ~ key.type ~ ') AS ' ~ sme._identifier(key.name)) -%}
    {%- endfor -%}
    {%- do columns.append('CAST(NULL AS TIMESTAMP) AS ' ~ sme._identifier(parts['time'].name)) -%}
  {%- endif -%}
  {%- for value in values -%}
    {%- do columns.append('CAST(NULL AS DOUBLE) AS ' ~ sme._identifier(value | upper)) -%}
  {%- endfor -%}
(
    SELECT {{ columns | join(', ') }}
    FROM (SELECT * FROM {{ relation }}) series
    WHERE FALSE
)
{%- endmacro %}
