{% macro stop(
    job_name=none, wait=true, timeout=600, schema=none, connection=none, region=none,
    model_name=none, version=none
) %}
  {% if not sme._may_run('stop') %}{% do return('') %}{% endif %}
  {% set site = sme._job_site('stop', job_name, model_name, version, schema, connection, region) %}
  {% set plan = [{
    'name': 'stop ' ~ sme._job_title(site),
    'sql': sme._script_call(site.schema, 'SME_STOP_SAGEMAKER_AUTOPILOT_JOB', [tojson(sme._job_request(site))]),
  }] %}
  {% set job = sme._first_row(sme._execute_plan(plan, quiet=true)) %}
  {% do sme._say('job ' ~ job.job_name ~ ' is ' ~ job.job_status ~ ': ' ~ job.done) %}
  {% if wait and job.job_status == 'Stopping' %}
    {% do sme._watch_job(timeout, site, {'job_status': job.job_status, 'job_secondary_status': job.job_secondary_status}) %}
  {% endif %}
{% endmacro %}
