{#- The settings of an autopilot_endpoint. All are arguments of sme.deploy_endpoint, but for
    lifetime. -#}
{% macro _endpoint_settings() %}
  {% do return([
    'endpoint_name', 'candidate_name', 'instance_type', 'instance_count', 'min_instance_count',
    'max_instance_count', 'target_invocations_per_instance', 'serverless_memory_mb',
    'serverless_max_concurrency', 'time_to_live_hours', 'tags', 'udf_schema', 'timeout', 'schema',
    'connection', 'region', 'lifetime',
  ]) %}
{% endmacro %}

{#- The settings of an autopilot_endpoint node. Raises E-SME-120 and E-SME-29. -#}
{% macro _settings_of_endpoint(node) %}
  {% set settings = sme._checked_settings(node, sme._endpoint_settings(), []) %}
  {% if settings.get('lifetime', 'permanent') not in ('permanent', 'ephemeral') %}
    {% do sme._raise('E-SME-29', 'lifetime is ' ~ settings.lifetime ~ ', but it can be permanent or ephemeral (gone at the end of the run)') %}
  {% endif %}
  {% do return(settings) %}
{% endmacro %}

{#- Puts the accepted version of the model into service, in place. -#}
{% macro _serve_model(node, query, settings) %}
  {% set endpoint_name = sme._endpoint_name_of(node) %}
  {% set model_node = sme._model_node_of(node) %}
  {% if not sme._may_run('deployment of endpoint ' ~ endpoint_name) %}{% do return('') %}{% endif %}
  {% set site = sme._site('deploy_endpoint', {}, settings.get('schema'), settings.get('connection'), settings.get('region')) %}
  {% set version = sme._accepted_version(site, node, model_node, query) %}
  {% set before = sme._endpoint_row(site.schema, endpoint_name) %}
  {% set arguments = {} %}
  {% for name, value in settings.items() if name != 'lifetime' %}
    {% do arguments.update({name: value}) %}
  {% endfor %}
  {% do arguments.update({'endpoint_name': endpoint_name, 'model_name': sme._model_name_of(model_node), 'version': version}) %}
  {% do sme.deploy_endpoint(**arguments) %}
  {% set after = sme._endpoint_row(site.schema, endpoint_name) %}
  {% if before.get('status') == 'InService' and before.endpoint_config_name == after.endpoint_config_name %}
    {% do sme._say('endpoint ' ~ endpoint_name ~ ' was serving version ' ~ version ~ ' already: nothing has changed') %}
  {% endif %}
{% endmacro %}

{#- The one autopilot_model that a node refs. Raises E-SME-122. -#}
{% macro _model_node_of(node) %}
  {% set found = [] %}
  {% for unique_id in node.depends_on.nodes %}
    {% set parent = graph.nodes.get(unique_id) %}
    {% if parent and parent.config.materialized == 'autopilot_model' %}
      {% do found.append(parent) %}
    {% endif %}
  {% endfor %}
  {% if found | length != 1 %}
    {% do sme._raise('E-SME-122', 'autopilot_endpoint ' ~ node.name ~ ' refs ' ~ found | length ~ ' models with materialized=' ~ sme._literal('autopilot_model') ~ ', but it serves exactly one. Write its SQL as: select * from {{ ref(...) }}') %}
  {% endif %}
  {% do return(found[0]) %}
{% endmacro %}

{#- The query behind an autopilot_endpoint's relation. -#}
{% macro _endpoint_query(schema, endpoint_name) %}
  {% set registry = sme._identifier(schema) %}
  {% do return(sme._registry_query(schema, [
    ('ENDPOINT_NAME', 'VARCHAR(100)', 'E.ENDPOINT_NAME'),
    ('STATUS', 'VARCHAR(50)', 'E.STATUS'),
    ('MODEL_NAME', 'VARCHAR(100)', 'COALESCE(J.MODEL_NAME, J.JOB_NAME)'),
    ('VERSION', 'DECIMAL(18,0)', 'COALESCE(J."VERSION", 1)'),
    ('JOB_NAME', 'VARCHAR(100)', 'E.JOB_NAME'),
    ('CANDIDATE_NAME', 'VARCHAR(200)', 'E.CANDIDATE_NAME'),
    ('INSTANCE_TYPE', 'VARCHAR(100)', 'E.INSTANCE_TYPE'),
    ('INSTANCE_COUNT', 'DECIMAL(18,0)', 'E.INSTANCE_COUNT'),
    ('MIN_INSTANCE_COUNT', 'DECIMAL(18,0)', 'E.MIN_INSTANCE_COUNT'),
    ('MAX_INSTANCE_COUNT', 'DECIMAL(18,0)', 'E.MAX_INSTANCE_COUNT'),
    ('SERVERLESS_MEMORY_MB', 'DECIMAL(18,0)', 'E.SERVERLESS_MEMORY_MB'),
    ('SERVERLESS_MAX_CONCURRENCY', 'DECIMAL(18,0)', 'E.SERVERLESS_MAX_CONCURRENCY'),
    ('UDF_SCHEMA', 'VARCHAR(200)', 'E.UDF_SCHEMA'),
    ('SINCE', 'TIMESTAMP', 'E.CREATED_AT'),
    ('EXPIRES_AT', 'TIMESTAMP', 'E.EXPIRES_AT'),
  ],
    ' FROM ' ~ registry ~ '.SME_METADATA_AUTOPILOT_ENDPOINTS E'
    ~ ' JOIN ' ~ registry ~ '.SME_METADATA_AUTOPILOT_JOBS J ON J.JOB_NAME = E.JOB_NAME'
    ~ ' WHERE UPPER(E.ENDPOINT_NAME) = UPPER(' ~ sme._literal(endpoint_name) ~ ')'
  )) %}
{% endmacro %}
