{#- The registry row of an endpoint that can be asked, or nothing where that is no error: dbt
    compiles models for their text and documentation, too, and with --empty for their columns,
    when no endpoint has to be in service. Raises E-SME-27, E-SME-9 or E-SME-20. -#}
{% macro _serving_endpoint(endpoint, schema) %}
  {%- set needs_rows = flags.WHICH not in ('compile', 'generate') and not flags.EMPTY -%}
  {%- if needs_rows -%}
    {%- do sme._require_installed(schema) -%}
  {%- elif 'SME_METADATA_AUTOPILOT_ENDPOINTS' not in sme._existing_registry(schema) -%}
    {%- do return({}) -%}
  {%- endif -%}
  {%- set row = sme._endpoint_row(schema, endpoint) -%}
  {%- if row and row.status not in ('Deleted', 'Deleting', 'NotDeployed') -%}
    {%- do return(row) -%}
  {%- elif not needs_rows -%}
    {%- do return({}) -%}
  {%- elif row -%}
    {%- do sme._raise('E-SME-20', 'Endpoint ' ~ endpoint ~ ' is ' ~ row.status ~ ', so it cannot predict. Deploy it again: ' ~ sme._deploy_command(endpoint)) -%}
  {%- endif -%}
  {%- do sme._raise('E-SME-9', 'Endpoint ' ~ endpoint ~ ' is not in the registry of schema ' ~ schema ~ '. Deploy it: ' ~ sme._deploy_command(endpoint)) -%}
{% endmacro %}

{#- What to type to get an endpoint into service. -#}
{% macro _deploy_command(endpoint) %}
  {%- do return("dbt run-operation sme.deploy_endpoint --args '{job_name: ..., endpoint_name: " ~ endpoint ~ "}'") -%}
{% endmacro %}
