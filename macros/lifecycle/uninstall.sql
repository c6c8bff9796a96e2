{% macro uninstall(schema=none, drop_registry=false) %}
  {% if not execute %}{% do return('') %}{% endif %}
  {% set schema = sme._folded(sme._setting('schema', schema)) %}
  {% set registry = sme._existing_registry(schema) %}
  {% set running = sme._may_run_still(schema, registry) %}
  {% if running %}
    {% do sme._raise('E-SME-28', 'What sme has started may still run and be charged: ' ~ running | map(attribute='name') | join(', ') ~ '. End it first: ' ~ running | map(attribute='cure') | unique | join(', ')) %}
  {% endif %}
  {% set plan = sme._uninstall_plan(schema, drop_registry, registry, sme._installed_scripts(schema)) %}
  {% do sme._execute_plan(plan) %}
  {% do sme._say('uninstalled from schema ' ~ schema ~ ': ' ~ plan | length ~ ' objects dropped' ~ ('; the registry tables stay' if registry and not drop_registry else '')) %}
{% endmacro %}

{#- What is in the registry as running, or as not cleaned up after: {name, cure}. -#}
{% macro _may_run_still(schema, registry) %}
  {% set kinds = [
    ('endpoint', 'SME_METADATA_AUTOPILOT_ENDPOINTS', 'ENDPOINT_NAME', "STATUS NOT IN ('Deleted', 'NotDeployed')", 'delete_endpoint'),
    ('training', 'SME_METADATA_AUTOPILOT_JOBS', 'JOB_NAME', "STATUS IN ('InProgress', 'Stopping')", 'stop'),
    ('abandoned training', 'SME_METADATA_AUTOPILOT_JOBS', 'JOB_NAME', "STATUS IN ('Exporting', 'Starting')", 'garbage_collect'),
    ('batch prediction', 'SME_METADATA_AUTOPILOT_TRANSFORM_JOBS', 'TRANSFORM_JOB_NAME', 'CLEANED_AT IS NULL', 'stop_batch'),
  ] %}
  {% set found = [] %}
  {% for kind, table, key, condition, operation in kinds if 'STATUS' in registry.get(table, []) %}
    {% set names = run_query('SELECT ' ~ key ~ ' FROM ' ~ sme._identifier(schema) ~ '.' ~ table ~ ' WHERE ' ~ condition ~ ' ORDER BY 1').columns[0].values() %}
    {% for name in names %}
      {% set argument = 'dry_run: false' if operation == 'garbage_collect' else key | lower ~ ': ' ~ name %}
      {% do found.append({'name': kind ~ ' ' ~ name, 'cure': 'dbt run-operation sme.' ~ operation ~ " --args '{" ~ argument ~ "}'"}) %}
    {% endfor %}
  {% endfor %}
  {% do return(found) %}
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
