{% macro delete_model(
    model_name=none, version=none, stop_jobs=false, timeout=600, schema=none, connection=none,
    region=none
) %}
  {% if not sme._may_run('delete_model') %}{% do return('') %}{% endif %}
  {% set site = sme._site('delete_model', {'model_name': model_name}, schema, connection, region) %}
  {% set timeout = sme._seconds('timeout', timeout) %}
  {% set request = sme._given({
    'model_name': model_name, 'version': version, 'stop_jobs': stop_jobs,
    'aws_credentials_connection_name': site.connection, 'aws_region': site.region,
  }) %}
  {% set call = sme._script_call(site.schema, 'SME_DELETE_SAGEMAKER_AUTOPILOT_MODEL', [tojson(request)]) %}
  {% set started = modules.datetime.datetime.now() %}
  {% for attempt in range(100000) %}
    {% set rows = sme._rows(sme._execute_plan([{'name': 'delete ' ~ model_name, 'sql': call}], quiet=true)) %}
    {% if rows | selectattr('status', 'equalto', 'Stopping') | list | length == 0 %}
      {% for row in rows %}
        {% set what = 'version ' ~ row.version ~ ' of model ' ~ row.model_name if row.version else 'model ' ~ row.model_name %}
        {% do sme._say(what ~ ' is ' ~ row.status ~ ': ' ~ row.deleted) %}
      {% endfor %}
      {% break %}
    {% endif %}
    {% if (modules.datetime.datetime.now() - started).total_seconds() > timeout %}
      {% do sme._raise('E-SME-24', 'Jobs of model ' ~ model_name ~ ' are still Stopping after ' ~ timeout ~ ' s, the time limit of this wait, and nothing is deleted yet. Delete the model again, or give a longer timeout') %}
    {% endif %}
  {% endfor %}
{% endmacro %}
