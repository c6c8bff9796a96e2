{% macro uninstall(schema=none, drop_registry=false) %}
  {% if not execute %}{% do return('') %}{% endif %}
  {% set schema = sme._folded(sme._setting('schema', schema)) %}
  {% set registry = sme._existing_registry(schema) %}
  {% if 'SME_METADATA_AUTOPILOT_ENDPOINTS' in registry %}
    {% set live = run_query('SELECT ENDPOINT_NAME FROM ' ~ sme._identifier(schema) ~ ".SME_METADATA_AUTOPILOT_ENDPOINTS WHERE STATUS <> 'Deleted'").columns[0].values() %}
    {% if live %}
      {% do sme._raise('E-SME-28', 'Endpoints may still be running and charged: ' ~ live | join(', ') ~ ". Delete them first: dbt run-operation sme.delete_endpoint --args '{endpoint_name: " ~ live[0] ~ "}'") %}
    {% endif %}
  {% endif %}
  {% set plan = sme._uninstall_plan(schema, drop_registry, registry, sme._installed_scripts(schema)) %}
  {% do sme._execute_plan(plan) %}
  {% do sme._say('uninstalled from schema ' ~ schema ~ ': ' ~ plan | length ~ ' objects dropped' ~ ('; the registry tables stay' if registry and not drop_registry else '')) %}
{% endmacro %}

{#- The DROPs. The registry goes only where asked for: it is what is known of past trainings. -#}
{% macro _uninstall_plan(schema, drop_registry, registry, installed) %}
  {% set plan = [] %}
  {% for script in sme._scripts() if script.name in installed %}
    {% do plan.append({'name': 'drop ' ~ script.name, 'sql': 'DROP SCRIPT IF EXISTS ' ~ sme._identifier(schema) ~ '.' ~ sme._identifier(script.name)}) %}
  {% endfor %}
  {% if drop_registry %}
    {% for table in sme._registry_tables() if table in registry %}
      {% do plan.append({'name': 'drop ' ~ table, 'sql': 'DROP TABLE IF EXISTS ' ~ sme._identifier(schema) ~ '.' ~ sme._identifier(table)}) %}
    {% endfor %}
  {% endif %}
  {% do return(plan) %}
{% endmacro %}
