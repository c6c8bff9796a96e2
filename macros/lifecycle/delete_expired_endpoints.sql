{% macro delete_expired_endpoints(schema=none) %}
  {% if not sme._may_run('delete_expired_endpoints') %}{% do return('') %}{% endif %}
  {% set schema = sme._folded(sme._setting('schema', schema)) %}
  {% do sme._require_installed(schema) %}
  {% set plan = [{
    'name': 'delete expired endpoints',
    'sql': sme._script_call(schema, 'SME_DELETE_EXPIRED_SAGEMAKER_AUTOPILOT_ENDPOINTS', ['{}']),
  }] %}
  {% set rows = sme._rows(sme._execute_plan(plan, quiet=true)) %}
  {% for row in rows %}
    {% do sme._say('expired endpoint ' ~ row.endpoint_name ~ ' is ' ~ row.status ~ ': ' ~ row.deleted) %}
  {% endfor %}
  {% if not rows %}
    {% do sme._say('no endpoint has expired') %}
  {% endif %}
{% endmacro %}
