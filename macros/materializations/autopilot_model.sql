{#- A model as a node: the SQL is the training set, the settings stand under meta: sme. Its
    relation has a row for each version, and is up to date before the tests of the node run. -#}
{% materialization autopilot_model, adapter='exasol', supported_languages=['sql'] %}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {%- set settings = sme._settings_of_model(model) -%}
  {%- set schema = sme._folded(sme._setting('schema', settings.get('schema'))) -%}
  {%- set model_name = sme._model_name_of(model) -%}
  {%- set version = sme._build_model(model_name, sql, settings) -%}
  {%- set target_relation = sme._replace_node_table(sme._versions_query(schema, model_name)) -%}
  {%- do sme._refuse_failed_version(model_name, version) -%}

  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
