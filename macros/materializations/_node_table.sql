{#- Puts the result of a query in the place of the node's relation: the statement that dbt takes
    for the main one of the node. Gives the Relation. -#}
{% macro _replace_node_table(query) %}
  {% set existing = load_cached_relation(this) %}
  {% set target_relation = this.incorporate(type='table') %}
  {% if existing is not none and existing.type != 'table' %}
    {% do drop_relation_if_exists(existing) %}
  {% endif %}
  {% call statement('main') %}
    {{ create_table_as(False, target_relation, query) }}
  {% endcall %}
  {% do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(existing, full_refresh_mode=True)) %}
  {% do sme._comment_node_table(target_relation) %}
  {% do return(target_relation) %}
{% endmacro %}

{#- Descriptions as comments, where persist_docs asks for them. The adapter's own persist_docs would
    comment the columns of the node's SQL, which are others than those of its relation. -#}
{% macro _comment_node_table(relation) %}
  {% if config.persist_relation_docs() and model.description %}
    {% do run_query('COMMENT ON TABLE ' ~ relation ~ ' IS ' ~ sme._literal(model.description)) %}
  {% endif %}
  {% set comments = sme._column_comments(relation, model.columns) if config.persist_column_docs() else [] %}
  {% if comments %}
    {% do run_query('COMMENT ON TABLE ' ~ relation ~ ' (' ~ comments | join(', ') ~ ')') %}
  {% endif %}
{% endmacro %}

{#- The columns of a table that have a description, each as COMMENT takes it. -#}
{% macro _column_comments(relation, described) %}
  {% set comments = [] %}
  {% for column in (adapter.get_columns_in_relation(relation) if described else []) %}
    {% set found = described.get(column.name) or described.get(column.name | lower) %}
    {% if found %}
      {% do comments.append(sme._identifier(column.name) ~ ' IS ' ~ sme._literal(found.description)) %}
    {% endif %}
  {% endfor %}
  {% do return(comments) %}
{% endmacro %}

{#- A query on the registry. Before sme.install it has no rows.

    columns: name, type and expression of each. from: FROM and WHERE. -#}
{% macro _registry_query(schema, columns, from) %}
  {% set is_installed = 'SME_METADATA_AUTOPILOT_JOBS' in sme._existing_registry(schema) %}
  {% set selected = [] %}
  {% for name, type, expression in columns %}
    {% do selected.append('CAST(' ~ (expression if is_installed else 'NULL') ~ ' AS ' ~ type ~ ') AS ' ~ sme._identifier(name)) %}
  {% endfor %}
  {% do return('SELECT ' ~ selected | join(', ') ~ (from if is_installed else ' FROM DUAL WHERE FALSE')) %}
{% endmacro %}
