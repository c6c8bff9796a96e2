{#- An endpoint as a node: serves the version of its autopilot_model that is accepted. The SQL gives
    the versions that may be: `select * from {{ ref(...) }}`. Its relation has one row. -#}
{% materialization autopilot_endpoint, adapter='exasol', supported_languages=['sql'] %}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {%- set settings = sme._settings_of_endpoint(model) -%}
  {%- set schema = sme._folded(sme._setting('schema', settings.get('schema'))) -%}
  {%- do sme._serve_model(model, sql, settings) -%}
  {%- set target_relation = sme._replace_node_table(sme._endpoint_query(schema, sme._endpoint_name_of(model))) -%}

  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
