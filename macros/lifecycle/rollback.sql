{% macro rollback(model_name=none, schema=none, connection=none, region=none) %}
  {% if not sme._may_run('rollback') %}{% do return('') %}{% endif %}
  {% set site = sme._site('rollback', {'model_name': model_name}, schema, connection, region) %}
  {% do sme._say_promotion(site, 'SME_ROLLBACK_SAGEMAKER_AUTOPILOT_MODEL', {'model_name': model_name}) %}
{% endmacro %}
