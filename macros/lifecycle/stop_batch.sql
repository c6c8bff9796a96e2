{% macro stop_batch(transform_job_name=none, timeout=600, schema=none) %}
  {% if not sme._may_run('stop_batch') %}{% do return('') %}{% endif %}
  {% set site = {'schema': sme._folded(sme._setting('schema', schema))} %}
  {% do sme._require('stop_batch', {'transform_job_name': transform_job_name}) %}
  {% do sme._require_installed(site.schema) %}
  {% set batch = sme._batch_step(site, 'SME_STOP_SAGEMAKER_AUTOPILOT_BATCH_PREDICTION', {'transform_job_name': transform_job_name}) %}
  {% do sme._say('batch prediction ' ~ batch.transform_job_name ~ ' is ' ~ batch.status) %}
  {% set batch = sme._watch_batch(site, batch.transform_job_name, sme._seconds('timeout', timeout), batch) %}
  {% if batch.status == 'Stopping' %}
    {% do sme._raise('E-SME-24', 'Batch prediction ' ~ batch.transform_job_name ~ ' is still Stopping after ' ~ timeout ~ ' s, the time limit of this wait. It goes on: stop it again, or give a longer timeout') %}
  {% endif %}
{% endmacro %}
