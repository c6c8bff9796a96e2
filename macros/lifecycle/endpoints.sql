{% macro endpoints(schema=none, connection=none, region=none) %}
  {% if not sme._may_run('endpoints') %}{% do return('') %}{% endif %}
  {% set site = sme._site('endpoints', {}, schema, connection, region) %}
  {% set request = {'aws_credentials_connection_name': site.connection, 'aws_region': site.region} %}
  {% set plan = [{
    'name': 'list endpoints',
    'sql': sme._script_call(site.schema, 'SME_LIST_SAGEMAKER_AUTOPILOT_ENDPOINTS', [tojson(request)]),
  }] %}
  {% set rows = sme._rows(sme._execute_plan(plan, quiet=true)) %}
  {% set charged = rows | selectattr('is_charged', 'equalto', 'TRUE') | list %}
  {% set idle = rows | selectattr('serverless_memory_mb') | rejectattr('is_charged', 'equalto', 'TRUE') | list %}
  {% do sme._say(rows | length ~ (' endpoint' if rows | length == 1 else ' endpoints') ~ ' in ' ~ site.region ~ ', ' ~ charged | length ~ ' charged now' ~ (', ' ~ idle | length ~ ' by request' if idle else '')) %}
  {% for row in rows %}
    {% do sme._say(sme._endpoint_line(row)) %}
  {% endfor %}
{% endmacro %}

{#- One readable line about an endpoint in AWS. -#}
{% macro _endpoint_line(row) %}
  {% set line = 'endpoint ' ~ row.endpoint_name ~ ' is ' ~ row.status ~ ' since ' ~ (row.created_at_utc or '')[:16] ~ ' UTC, ' ~ sme._endpoint_size(row) %}
  {% if row.job_name %}
    {% set line = line ~ ', job ' ~ row.job_name ~ (' (version ' ~ row.version ~ ' of ' ~ row.model_name ~ ')' if row.model_name else '') %}
  {% endif %}
  {% if row.asked_by %}{% set line = line ~ ', asked for by ' ~ row.asked_by %}{% endif %}
  {% if row.known_to == 'another registry' %}
    {% set line = line ~ ', known to another registry' ~ (' (schema ' ~ row.registry_schema ~ ')' if row.registry_schema else '') %}
  {% elif row.known_to == 'unknown' %}
    {% set line = line ~ ', unknown: sme did not make it' %}
  {% endif %}
  {% if row.updating_to %}{% set line = line ~ ', being updated to ' ~ row.updating_to %}{% endif %}
  {% if row.expires_at_utc %}
    {% set line = line ~ (', EXPIRED at ' if row.is_expired == 'TRUE' else ', expires at ') ~ row.expires_at_utc[:16] ~ ' UTC' %}
  {% endif %}
  {% if row.failure_reason %}{% set line = line ~ ': ' ~ row.failure_reason %}{% endif %}
  {% do return(line) %}
{% endmacro %}

{#- What an endpoint runs on. -#}
{% macro _endpoint_size(row) %}
  {% if row.serverless_memory_mb %}
    {% do return('serverless (' ~ row.serverless_memory_mb ~ ' MB, ' ~ row.serverless_max_concurrency ~ ' at a time)') %}
  {% elif row.current_instances is none %}
    {% do return(row.instance_type or 'size not known') %}
  {% endif %}
  {% set wanted = ' of ' ~ row.desired_instances ~ ' wanted' if row.desired_instances != row.current_instances else '' %}
  {% set bounds = ' (scales ' ~ row.min_instances ~ ' to ' ~ row.max_instances ~ ')' if row.max_instances else '' %}
  {% do return(row.current_instances ~ wanted ~ ' x ' ~ (row.instance_type or 'an instance type not known') ~ bounds) %}
{% endmacro %}
