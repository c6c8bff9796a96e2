{% macro wait(
    job_name=none, timeout=86400, schema=none, connection=none, region=none,
    model_name=none, version=none
) %}
  {% if not sme._may_run('wait') %}{% do return('') %}{% endif %}
  {% set site = sme._job_site('wait', job_name, model_name, version, schema, connection, region) %}
  {% set job = sme._watch_job(timeout, site) %}
  {% if job.job_status != 'Completed' %}
    {% do sme._raise('E-SME-25', 'Job ' ~ job.job_name ~ ' ended as ' ~ job.job_status ~ ': ' ~ (job.failure_reason or 'AWS gives no reason') ~ '. Mend the cause and train again under a new job name') %}
  {% endif %}
{% endmacro %}

{#- Waits while a job runs, a line for each change of its status and of its best candidate.
    `known` is a status of which the user has been told. Gives the last row; raises E-SME-24. -#}
{% macro _watch_job(timeout, site, known=none) %}
  {% set request = sme._job_request(site) %}
  {% set job = namespace(row=known or {'job_status': '', 'job_secondary_status': ''}, seen='') %}
  {% if known %}
    {% set job.seen = sme._job_state(known) %}
  {% endif %}
  {% set timeout = sme._seconds('timeout', timeout) %}
  {% set started = modules.datetime.datetime.now() %}
  {% for attempt in range(100000) %}
    {% set left = timeout - (modules.datetime.datetime.now() - started).total_seconds() %}
    {% do request.update({'known_status': job.row.job_status, 'known_secondary_status': job.row.job_secondary_status, 'seconds': [[left, 0] | max, 10] | min | int}) %}
    {% set call = sme._script_call(site.schema, 'SME_POLL_SAGEMAKER_AUTOPILOT_JOB', [tojson(request)]) %}
    {% set job.row = sme._first_row(sme._execute_plan([{'name': 'wait', 'sql': call}], quiet=true)) %}
    {% set left = timeout | int - (modules.datetime.datetime.now() - started).total_seconds() %}
    {% set running = job.row.job_status in ('InProgress', 'Stopping') %}
    {% if sme._job_state(job.row) != job.seen %}
      {% set still = '; waiting ' ~ ([left, 0] | max | round | int) ~ ' s more at the most' if running else '' %}
      {% do sme._say(sme._job_line(job.row) ~ still) %}
      {% set job.seen = sme._job_state(job.row) %}
    {% endif %}
    {% if not running %}{% break %}{% endif %}
    {% if left <= 0 %}
      {% do sme._raise('E-SME-24', 'Job ' ~ job.row.job_name ~ ' is still ' ~ job.row.job_status ~ ' after ' ~ timeout ~ ' s, the time limit of this wait. It goes on in AWS: wait again, or give a longer timeout') %}
    {% endif %}
  {% endfor %}
  {% do return(job.row) %}
{% endmacro %}

{#- What makes a change that is worth a line. -#}
{% macro _job_state(job) %}
  {% do return([job.job_status, job.job_secondary_status, job.best_candidate or ''] | join('/')) %}
{% endmacro %}
