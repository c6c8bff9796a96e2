{% macro rollback(model_name=none, schema=none) %}
  {% if not sme._may_run('rollback') %}{% do return('') %}{% endif %}
  {% do sme._require('rollback', {'model_name': model_name}) %}
  {% set schema = sme._folded(sme._setting('schema', schema)) %}
  {% do sme._require_installed(schema) %}
  {% do sme._say_promotion(schema, 'SME_ROLLBACK_SAGEMAKER_AUTOPILOT_MODEL', {'model_name': model_name}) %}
{% endmacro %}
