{#- Which job an operation is about, and where it works: {job_name, schema, connection, region}.
    A model name means its newest version, or the one that is given. Raises E-SME-1, E-SME-29
    and E-SME-73. -#}
{% macro _job_site(operation, job_name, model_name, version, schema, connection, region) %}
  {% set required = {} %}
  {% if model_name is none %}{% do required.update({'job_name': job_name}) %}{% endif %}
  {% set site = sme._site(operation, required, schema, connection, region) %}
  {% if model_name is none %}
    {% if version is not none %}
      {% do sme._raise('E-SME-29', 'sme.' ~ operation ~ ' takes version together with model_name: a job is one version') %}
    {% endif %}
    {% do site.update({'job_name': job_name | string}) %}
  {% elif job_name is not none %}
    {% do sme._raise('E-SME-29', 'sme.' ~ operation ~ ' takes job_name or model_name, not both') %}
  {% else %}
    {% do site.update({'job_name': sme._job_of_model(site.schema, model_name, version)}) %}
  {% endif %}
  {% do return(site) %}
{% endmacro %}

{#- The job that is a version of a model. A training that AWS never got does not count. -#}
{% macro _job_of_model(schema, model_name, version) %}
  {% set condition = 'UPPER(COALESCE(MODEL_NAME, JOB_NAME)) = UPPER(' ~ sme._literal(model_name) ~ ") AND COALESCE(STATUS, 'InProgress') <> 'NotStarted'" %}
  {% if version is not none %}
    {% set condition = condition ~ ' AND COALESCE("VERSION", 1) = ' ~ version | int %}
  {% endif %}
  {% set rows = run_query('SELECT JOB_NAME FROM ' ~ sme._identifier(schema) ~ '.SME_METADATA_AUTOPILOT_JOBS WHERE ' ~ condition ~ ' ORDER BY COALESCE("VERSION", 1) DESC LIMIT 1').rows %}
  {% if rows | length == 0 %}
    {% do sme._raise('E-SME-73', 'Model ' ~ model_name ~ (' has no version ' ~ version if version is not none else ' has no version') ~ ' that was started. See SME_METADATA_AUTOPILOT_JOBS of schema ' ~ schema ~ ', or train it: dbt run-operation sme.train') %}
  {% endif %}
  {% do return(rows[0][0]) %}
{% endmacro %}

{#- The JSON argument of a script that is about one job. -#}
{% macro _job_request(site) %}
  {% do return({
    'job_name': site.job_name,
    'aws_credentials_connection_name': site.connection,
    'aws_region': site.region,
  }) %}
{% endmacro %}
