{#- The one place where identifiers and the one where literals are quoted. -#}

{#- An identifier exactly as named, quoted. -#}
{% macro _identifier(name) %}
  {%- do return('"' ~ (name | string | replace('"', '""')) ~ '"') -%}
{% endmacro %}

{#- A string literal. -#}
{% macro _literal(value) %}
  {%- do return("'" ~ (value | string | replace("'", "''")) ~ "'") -%}
{% endmacro %}

{#- The name behind what a user wrote as in SQL: a regular identifier folds to upper case, a
    quoted one is as it stands between its quotes, anything else is taken literally. -#}
{% macro _folded(name) %}
  {%- set text = name | string | trim -%}
  {%- if text | length > 1 and text[0] == '"' and text[-1] == '"' -%}
    {%- do return(text[1:-1] | replace('""', '"')) -%}
  {%- elif modules.re.match('^[A-Za-z][A-Za-z0-9_]*$', text) -%}
    {%- do return(text | upper) -%}
  {%- endif -%}
  {%- do return(text) -%}
{% endmacro %}
