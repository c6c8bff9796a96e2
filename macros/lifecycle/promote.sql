{% macro promote(model_name=none, version=none, schema=none, connection=none, region=none) %}
  {% if not sme._may_run('promote') %}{% do return('') %}{% endif %}
  {% set site = sme._site('promote', {'model_name': model_name}, schema, connection, region) %}
  {% set request = sme._given({
    'model_name': model_name, 'version': version,
    'aws_credentials_connection_name': site.connection, 'aws_region': site.region,
  }) %}
  {% do sme._say_promotion(site.schema, 'SME_PROMOTE_SAGEMAKER_AUTOPILOT_MODEL', request) %}
{% endmacro %}

{#- Calls one of the two scripts that change which version is promoted, and says what is now. -#}
{% macro _say_promotion(schema, script, request) %}
  {% set plan = [{'name': script, 'sql': sme._script_call(schema, script, [tojson(request)])}] %}
  {% set model = sme._first_row(sme._execute_plan(plan, quiet=true)) %}
  {% do sme._say('version ' ~ model.promoted_version ~ ' of model ' ~ model.model_name ~ ' is promoted (job ' ~ model.job_name ~ (', before it version ' ~ model.previous_version if model.previous_version else '') ~ '): endpoints change when they are deployed again') %}
{% endmacro %}
