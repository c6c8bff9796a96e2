{% macro delete_endpoint(endpoint_name=none, wait=true, timeout=600, schema=none, connection=none, region=none) %}
  {% if not sme._may_run('delete_endpoint') %}{% do return('') %}{% endif %}
  {% set site = sme._site('delete_endpoint', {'endpoint_name': endpoint_name}, schema, connection, region) %}
  {% if wait %}
    {#- AWS deletes no endpoint that it is still working on. -#}
    {% do sme._watch_endpoint(endpoint_name, timeout, site, quiet=true) %}
  {% endif %}
  {% set plan = [{
    'name': 'delete ' ~ endpoint_name,
    'sql': sme._script_call(site.schema, 'SME_DELETE_SAGEMAKER_AUTOPILOT_ENDPOINT', [endpoint_name, site.connection, site.region]),
  }] %}
  {% set endpoint = sme._first_row(sme._execute_plan(plan, quiet=true)) %}
  {% do sme._say('endpoint ' ~ endpoint.endpoint_name ~ ' is ' ~ endpoint.status ~ ': ' ~ endpoint.deleted) %}
  {% if wait and endpoint.status == 'Deleting' %}
    {% do sme._watch_endpoint(endpoint.endpoint_name, timeout, site, seen=endpoint.status) %}
  {% endif %}
{% endmacro %}
