{% macro forecast(endpoint, relation, schema=none) %}
  {%- if not execute -%}{%- do return('(select * from ' ~ relation ~ ')') -%}{%- endif -%}
  {%- do sme._require('forecast', {'endpoint': endpoint, 'relation': relation}) -%}
  {%- set endpoint = sme._endpoint_name(endpoint) -%}
  {%- set schema = sme._folded(sme._setting('schema', schema)) -%}
  {%- do sme._require_installed(schema) -%}
  {%- set row = sme._forecast_row(schema, endpoint) -%}
  {%- if not row -%}
    {%- do sme._raise('E-SME-9', 'Endpoint ' ~ endpoint ~ ' is not in the registry of schema ' ~ schema ~ '. Deploy it: dbt run-operation sme.deploy_endpoint') -%}
  {%- elif row.problem_type != 'TimeSeriesForecasting' -%}
    {%- do sme._raise('E-SME-20', 'Endpoint ' ~ endpoint ~ ' is of problem type ' ~ row.problem_type ~ ', so it does not forecast. Use sme.predict') -%}
  {%- elif row.status in ('Deleted', 'Deleting', 'NotDeployed') -%}
    {%- do sme._raise('E-SME-20', 'Endpoint ' ~ endpoint ~ ' is ' ~ row.status ~ ', so it cannot forecast. Deploy it again: dbt run-operation sme.deploy_endpoint') -%}
  {%- endif -%}
  {%- do return(sme._forecast_query(schema, row, relation)) -%}
{% endmacro %}

{#- What the registry knows of an endpoint and of the training behind it, or nothing. -#}
{% macro _forecast_row(schema, endpoint_name) %}
  {%- set query -%}
    SELECT e.ENDPOINT_NAME, e.STATUS, e.PROBLEM_TYPE, e.AWS_CREDENTIALS_CONNECTION_NAME, e.AWS_REGION, j."COLUMNS", j.SETTINGS
    FROM {{ sme._identifier(schema) }}.SME_METADATA_AUTOPILOT_ENDPOINTS e
    JOIN {{ sme._identifier(schema) }}.SME_METADATA_AUTOPILOT_JOBS j ON j.JOB_NAME = e.JOB_NAME
    WHERE UPPER(e.ENDPOINT_NAME) = UPPER({{ sme._literal(endpoint_name) }})
  {%- endset -%}
  {%- do return(sme._first_row(run_query(query))) -%}
{% endmacro %}

{#- The query in parentheses: each series goes to the endpoint as lines of CSV, and comes back as
    its next steps, with the columns of the training under their names and types. The answer has
    the grouping columns in the order of the training table, as the job was asked for them. -#}
{% macro _forecast_query(schema, endpoint, relation) %}
  {%- set settings = fromjson(endpoint.settings) -%}
  {%- set columns = fromjson(endpoint.columns) -%}
  {%- set by_role = {} -%}
  {%- for column in columns -%}
    {%- do by_role.setdefault(column.role, []).append(column) -%}
  {%- endfor -%}
  {%- set keys = by_role['item'] + by_role.get('grouping', []) -%}
  {%- set values = (settings.get('forecast_quantiles') or ['p10', 'p50', 'p90']) + ['mean'] -%}
  {%- set results, groups, fields = [], [], [] -%}
  {%- for key in keys -%}
    {%- do groups.append(sme._identifier(key.name)) -%}
    {%- do results.append('CAST(KEY_' ~ loop.index ~ ' AS ' ~ key.type ~ ') AS ' ~ sme._identifier(key.name)) -%}
  {%- endfor -%}
  {%- do results.append("TO_TIMESTAMP(FORECAST_TIME, 'YYYY-MM-DD HH24:MI:SS') AS " ~ sme._identifier(by_role['time'][0].name)) -%}
  {%- for value in values -%}
    {%- do results.append('VALUE_' ~ loop.index ~ ' AS ' ~ sme._identifier(value | upper)) -%}
  {%- endfor -%}
  {%- for column in columns -%}
    {%- do fields.append("'\"' || REPLACE(" ~ column.text_sql ~ ", '\"', '\"\"') || '\"'") -%}
  {%- endfor -%}
  {%- set definition = tojson({
    'endpoint_name': endpoint.endpoint_name,
    'aws_s3_connection': endpoint.aws_credentials_connection_name,
    'aws_region': endpoint.aws_region,
    'columns': columns | map(attribute='name') | list,
    'key_count': keys | length,
    'value_count': values | length
  }) -%}
(
    SELECT {{ results | join(', ') }}
    FROM (
        SELECT {{ sme._identifier(schema) }}.SME_AUTOPILOT_FORECAST_UDF({{ sme._literal(definition) }}, {{ fields | join(" || ',' || ") }})
        FROM {{ relation }}
        GROUP BY {{ groups | join(', ') }}
    )
)
{%- endmacro %}
