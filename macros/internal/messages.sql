{#- What users read: errors with a code of docs/errors.md, and one line for each thing done. -#}

{% macro _raise(code, message) %}
  {{ exceptions.raise_compiler_error(code ~ ': ' ~ message) }}
{% endmacro %}

{% macro _say(message) %}
  {% do log('sme: ' ~ message, info=true) %}
{% endmacro %}
