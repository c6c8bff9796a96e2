{#- Names of columns as options: folded as SQL folds them, none where none was given. -#}

{% macro _folded_or_none(name) %}
  {% do return(sme._folded(name) if name is not none else none) %}
{% endmacro %}

{#- A list, also of a single name. -#}
{% macro _all_folded(names) %}
  {% if names is none %}{% do return(none) %}{% endif %}
  {% set folded = [] %}
  {% for name in ([names] if names is string else names) %}
    {% do folded.append(sme._folded(name)) %}
  {% endfor %}
  {% do return(folded) %}
{% endmacro %}

{#- A column as a user wrote it, quoted. -#}
{% macro _column(name) %}
  {%- do return(sme._identifier(sme._folded(name))) -%}
{% endmacro %}

{#- A column as text, so that values of any type can be compared and shown. -#}
{% macro _text_of(name) %}
  {%- do return('RTRIM(CAST(' ~ sme._column(name) ~ ' AS VARCHAR(2000000)))') -%}
{% endmacro %}

{#- Whether a column holds a label, whatever its type. -#}
{% macro _is_label(column, label) %}
  {%- do return(sme._text_of(column) ~ ' = ' ~ sme._literal(sme._label(label))) -%}
{% endmacro %}
