{% macro poll(
    job_name=none, schema=none, connection=none, region=none, model_name=none, version=none
) %}
  {% if not sme._may_run('poll') %}{% do return('') %}{% endif %}
  {% set site = sme._job_site('poll', job_name, model_name, version, schema, connection, region) %}
  {% do sme._poll_job(site) %}
{% endmacro %}

{#- Asks for the status of a job once, and says it. -#}
{% macro _poll_job(site) %}
  {% set plan = [{
    'name': 'poll ' ~ sme._job_title(site),
    'sql': sme._script_call(site.schema, 'SME_POLL_SAGEMAKER_AUTOPILOT_JOB', [tojson(sme._job_request(site))]),
  }] %}
  {% set job = sme._first_row(sme._execute_plan(plan, quiet=true)) %}
  {% do sme._say(sme._job_line(job)) %}
  {% do return(job) %}
{% endmacro %}

{#- One readable line about a job. -#}
{% macro _job_line(job) %}
  {% set step = ' (' ~ job.job_secondary_status ~ ')' if job.job_secondary_status != job.job_status else '' %}
  {% set line = 'job ' ~ job.job_name ~ ' is ' ~ job.job_status ~ step ~ ' after ' ~ job.elapsed_seconds ~ ' s' %}
  {% if job.max_runtime_seconds and job.job_status == 'InProgress' %}
    {% set line = line ~ ' of ' ~ job.max_runtime_seconds ~ ' s at the most' %}
  {% endif %}
  {% if job.best_candidate %}
    {% set metric = job.best_metric_name ~ ' ' ~ (job.best_metric_value | float | round(4)) ~ ' by ' if job.best_metric_value else '' %}
    {% set line = line ~ ', best ' ~ metric ~ job.best_candidate %}
  {% endif %}
  {% if job.failure_reason %}
    {% set line = line ~ ': ' ~ job.failure_reason %}
  {% endif %}
  {% do return(line) %}
{% endmacro %}
