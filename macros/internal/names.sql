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
