{% macro deploy_endpoint(
    job_name=none, endpoint_name=none, instance_type='ml.m5.large', instance_count=1,
    udf_schema=none, wait=true, timeout=3600, schema=none, connection=none, region=none,
    model_name=none, version=none
) %}
  {% if not sme._may_run('deploy_endpoint') %}{% do return('') %}{% endif %}
  {% set required = {
    'endpoint_name': endpoint_name, 'instance_type': instance_type, 'instance_count': instance_count,
  } %}
  {% if model_name is none %}{% do required.update({'job_name': job_name}) %}{% endif %}
  {% set site = sme._site('deploy_endpoint', required, schema, connection, region) %}
  {% if model_name is not none and job_name is not none %}
    {% do sme._raise('E-SME-29', 'sme.deploy_endpoint takes job_name or model_name, not both') %}
  {% endif %}
  {% set udf_schema = sme._folded(udf_schema or site.schema) %}
  {% if job_name is not none %}
    {% set call = sme._script_call(site.schema, 'SME_DEPLOY_SAGEMAKER_AUTOPILOT_ENDPOINT', [
      job_name, endpoint_name, udf_schema, instance_type, instance_count, site.connection, site.region,
    ]) %}
  {% else %}
    {% set call = sme._script_call(site.schema, 'SME_DEPLOY_SAGEMAKER_AUTOPILOT_MODEL', [tojson(sme._given({
      'model_name': model_name, 'version': version, 'endpoint_name': endpoint_name,
      'schema_name': udf_schema, 'instance_type': instance_type, 'instance_count': instance_count,
      'aws_credentials_connection_name': site.connection, 'aws_region': site.region,
    }))]) %}
  {% endif %}
  {% set plan = [{'name': 'deploy ' ~ endpoint_name, 'sql': call}] %}
  {% set endpoint = sme._first_row(sme._execute_plan(plan, quiet=true)) %}
  {% do sme._say('endpoint ' ~ endpoint.endpoint_name ~ ' is ' ~ endpoint.status ~ ': candidate ' ~ endpoint.candidate_name ~ ' of job ' ~ endpoint.job_name ~ ' on ' ~ instance_count ~ ' x ' ~ instance_type ~ ', UDF ' ~ endpoint.udf_schema ~ '."' ~ endpoint.endpoint_name ~ '"') %}
  {% if wait %}
    {% do sme._wait_until_in_service(endpoint_name, timeout, site, seen=endpoint.status) %}
  {% endif %}
{% endmacro %}
