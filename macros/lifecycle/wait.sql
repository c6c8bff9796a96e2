{% macro wait(job_name=none, timeout=86400, schema=none, connection=none, region=none) %}
  {% if not sme._may_run('wait') %}{% do return('') %}{% endif %}
  {% set site = sme._site('wait', {'job_name': job_name}, schema, connection, region) %}
  {% set request = {'job_name': job_name | string, 'connection': site.connection, 'region': site.region} %}
  {% set job = namespace(row={'job_status': '', 'job_secondary_status': ''}, seen='') %}
  {% set started = modules.datetime.datetime.now() %}
  {% for attempt in range(100000) %}
    {% set left = timeout | int - (modules.datetime.datetime.now() - started).total_seconds() %}
    {% do request.update({'known_status': job.row.job_status, 'known_secondary_status': job.row.job_secondary_status, 'seconds': [[left, 0] | max, 10] | min | int}) %}
    {% set call = sme._script_call(site.schema, 'SME_WAIT_SAGEMAKER_AUTOPILOT_JOB', [tojson(request)]) %}
    {% set job.row = sme._first_row(sme._execute_plan([{'name': 'wait', 'sql': call}], quiet=true)) %}
    {% set state = job.row.job_status ~ job.row.job_secondary_status %}
    {% if state != job.seen %}
      {% do sme._say(sme._job_line(job_name, job.row)) %}
      {% set job.seen = state %}
    {% endif %}
    {% if job.row.job_status not in ('InProgress', 'Stopping') %}{% break %}{% endif %}
    {% if left <= 0 %}
      {% do sme._raise('E-SME-24', 'Job ' ~ job_name ~ ' is still ' ~ job.row.job_status ~ ' after ' ~ timeout ~ ' s, the time limit of this wait. It goes on in AWS: wait again, or give a longer timeout') %}
    {% endif %}
  {% endfor %}
  {% if job.row.job_status != 'Completed' %}
    {% do sme._raise('E-SME-25', 'Job ' ~ job_name ~ ' ended as ' ~ job.row.job_status ~ ': ' ~ (job.row.failure_reason or 'AWS gives no reason') ~ '. Mend the cause and train again under a new job name') %}
  {% endif %}
{% endmacro %}
