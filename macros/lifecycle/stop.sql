{% macro stop(job_name=none, wait=true, timeout=600, schema=none, connection=none, region=none) %}
  {% if not execute %}{% do return('') %}{% endif %}
  {% set site = sme._site('stop', {'job_name': job_name}, schema, connection, region) %}
  {% set request = {'job_name': job_name | string, 'connection': site.connection, 'region': site.region} %}
  {% set plan = [{
    'name': 'stop ' ~ job_name,
    'sql': sme._script_call(site.schema, 'SME_STOP_SAGEMAKER_AUTOPILOT_JOB', [tojson(request)]),
  }] %}
  {% set job = sme._first_row(sme._execute_plan(plan, quiet=true)) %}
  {% do sme._say('job ' ~ job.job_name ~ ' is ' ~ job.job_status ~ ': ' ~ job.done) %}
  {% if wait and job.job_status == 'Stopping' %}
    {% do sme._watch_job(job.job_name, timeout, site, {'job_status': job.job_status, 'job_secondary_status': job.job_secondary_status}) %}
  {% endif %}
{% endmacro %}
