{#- Which job an operation is about, and where it works: {job_name or model_name and version,
    schema, connection, region}. A model name means its newest version, or the one that is given.
    Raises E-SME-1. -#}
{% macro _job_site(operation, job_name, model_name, version, schema, connection, region) %}
  {% set required = {} %}
  {% if model_name is none %}{% do required.update({'job_name': job_name}) %}{% endif %}
  {% set site = sme._site(operation, required, schema, connection, region) %}
  {% do site.update({'job_name': job_name, 'model_name': model_name, 'version': version}) %}
  {% do return(site) %}
{% endmacro %}

{#- The JSON argument of a script that is about one job. -#}
{% macro _job_request(site) %}
  {% do return(sme._given({
    'job_name': site.job_name,
    'model_name': site.model_name if site.model_name is defined else none,
    'version': site.version if site.version is defined else none,
    'aws_credentials_connection_name': site.connection,
    'aws_region': site.region,
  })) %}
{% endmacro %}

{#- What a step about a job is called. -#}
{% macro _job_title(site) %}
  {% do return(site.job_name or site.model_name) %}
{% endmacro %}
