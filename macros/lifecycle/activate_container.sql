{#- Also a hook: it runs in the session of the model or run that it stands in, and renders to
    nothing, so that dbt has no statement left to execute. -#}
{% macro activate_container(container=none, script_language=none, level='session', udf_client='exaudfclient') %}
  {% if not execute %}{% do return('') %}{% endif %}
  {% set statement = sme._activation(container, script_language, level, udf_client) %}
  {% if statement %}
    {% do run_query(statement.sql) %}
    {% do sme._say(statement.alias ~ ' runs in container ' ~ statement.container ~ ' now, for the ' ~ level) %}
  {% endif %}
  {% do return('') %}
{% endmacro %}
