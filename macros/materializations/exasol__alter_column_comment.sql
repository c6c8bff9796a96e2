{#- The descriptions of a table's columns as comments, which persist_docs asks for.

    The adapter's own macro learns the columns by running the model's query again: a model that
    predicts would send its rows twice. This one asks the table, where a project's `dispatch` puts
    the package in front of dbt. -#}
{% macro exasol__alter_column_comment(relation, column_dict) %}
  {%- set comments = [] if relation.is_view else sme._column_comments(relation, column_dict) -%}
  {%- if comments -%}
    COMMENT ON TABLE {{ relation }} ({{ comments | join(', ') }})
  {%- endif -%}
{% endmacro %}
