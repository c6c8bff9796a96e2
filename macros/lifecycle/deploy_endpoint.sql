{% macro deploy_endpoint(
    job_name=none, endpoint_name=none, instance_type=none, instance_count=none,
    udf_schema=none, wait=true, timeout=3600, schema=none, connection=none, region=none,
    model_name=none, version=none, candidate_name=none, min_instance_count=none,
    max_instance_count=none, target_invocations_per_instance=none, serverless_memory_mb=none,
    serverless_max_concurrency=none, time_to_live_hours=none, tags=none
) %}
  {% if not sme._may_run('deploy_endpoint') %}{% do return('') %}{% endif %}
  {% set required = {'endpoint_name': endpoint_name} %}
  {% if model_name is none %}{% do required.update({'job_name': job_name}) %}{% endif %}
  {% set site = sme._site('deploy_endpoint', required, schema, connection, region) %}
  {% if model_name is not none and job_name is not none %}
    {% do sme._raise('E-SME-29', 'sme.deploy_endpoint takes job_name or model_name, not both') %}
  {% endif %}
  {% set request = sme._given({
    'job_name': job_name, 'model_name': model_name, 'version': version,
    'candidate_name': candidate_name, 'endpoint_name': endpoint_name,
    'schema_name': sme._folded(udf_schema or site.schema),
    'instance_type': instance_type, 'instance_count': instance_count,
    'min_instance_count': min_instance_count, 'max_instance_count': max_instance_count,
    'target_invocations_per_instance': target_invocations_per_instance,
    'serverless_memory_mb': serverless_memory_mb,
    'serverless_max_concurrency': serverless_max_concurrency,
    'time_to_live_hours': time_to_live_hours, 'tags': tags,
    'aws_credentials_connection_name': site.connection, 'aws_region': site.region,
    'dbt_invocation_id': invocation_id,
  }) %}
  {% set plan = [{
    'name': 'deploy ' ~ endpoint_name,
    'sql': sme._script_call(site.schema, 'SME_DEPLOY_SAGEMAKER_AUTOPILOT_MODEL', [tojson(request)]),
  }] %}
  {% set endpoint = sme._first_row(sme._execute_plan(plan, quiet=true)) %}
  {% do sme._say('endpoint ' ~ endpoint.endpoint_name ~ ' is ' ~ endpoint.status ~ ': candidate ' ~ endpoint.candidate_name ~ ' of job ' ~ endpoint.job_name ~ ' on ' ~ endpoint.served_on ~ ', UDF ' ~ endpoint.udf_schema ~ '."' ~ endpoint.endpoint_name ~ '"') %}
  {% if wait %}
    {% do sme._wait_until_in_service(endpoint_name, timeout, site, seen=endpoint.status) %}
  {% endif %}
{% endmacro %}
