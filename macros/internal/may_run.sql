{#- Whether an operation that reaches AWS is to be carried out: not while dbt parses, and not with
    --empty, when models are built for their columns only. -#}
{% macro _may_run(operation) %}
  {% if execute and flags.EMPTY %}
    {% do sme._say(operation ~ ' skipped: --empty reaches nothing in AWS') %}
  {% endif %}
  {% do return(execute and not flags.EMPTY) %}
{% endmacro %}
