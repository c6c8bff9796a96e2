{% macro deploy_endpoint(
    job_name=none, endpoint_name=none, instance_type='ml.m5.large', instance_count=1,
    udf_schema=none, wait=true, timeout=3600, schema=none, connection=none, region=none
) %}
  {% if not execute %}{% do return('') %}{% endif %}
  {% set schema = sme._folded(sme._setting('schema', schema)) %}
  {% set connection = sme._setting('connection', connection) %}
  {% set region = sme._setting('region', region) %}
  {% set udf_schema = sme._folded(udf_schema or schema) %}
  {% do sme._require('deploy_endpoint', {
    'job_name': job_name, 'endpoint_name': endpoint_name, 'instance_type': instance_type,
    'instance_count': instance_count, 'connection': connection, 'region': region,
  }) %}
  {% do sme._require_installed(schema) %}
  {% set plan = [{
    'name': 'deploy ' ~ endpoint_name,
    'sql': sme._script_call(schema, 'SME_DEPLOY_SAGEMAKER_AUTOPILOT_ENDPOINT', [
      job_name, endpoint_name, udf_schema, instance_type, instance_count, sme._folded(connection), region,
    ]),
  }] %}
  {% set endpoint = sme._first_row(sme._execute_plan(plan, quiet=true)) %}
  {% do sme._say('endpoint ' ~ endpoint.endpoint_name ~ ' is ' ~ endpoint.status ~ ': candidate ' ~ endpoint.candidate_name ~ ' of job ' ~ endpoint.job_name ~ ' on ' ~ instance_count ~ ' x ' ~ instance_type ~ ', UDF ' ~ endpoint.udf_schema ~ '."' ~ endpoint.endpoint_name ~ '"') %}
  {% if wait %}
    {% do sme.wait_endpoint(endpoint_name, timeout, schema, connection, region) %}
  {% endif %}
{% endmacro %}
