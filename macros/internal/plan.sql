{#- Macros that build give a plan: a list of steps {name, sql}. This one runs it, and says what
    it does. Gives the rows of the last step that has any. -#}

{% macro _execute_plan(plan, quiet=false) %}
  {% set outcome = namespace(rows=none) %}
  {% for step in plan %}
    {% set rows = run_query(step.sql) %}
    {% if rows is not none and rows.columns | length > 0 %}
      {% set outcome.rows = rows %}
    {% endif %}
    {% if not quiet %}
      {% do sme._say(loop.index ~ ' of ' ~ plan | length ~ ' OK ' ~ step.name) %}
    {% endif %}
  {% endfor %}
  {% do return(outcome.rows) %}
{% endmacro %}

{#- The EXECUTE SCRIPT of one of our scripts. Arguments are texts or whole numbers. -#}
{% macro _script_call(schema, script, arguments) %}
  {% set rendered = [] %}
  {% for argument in arguments %}
    {% do rendered.append(argument | string if argument is integer else sme._literal(argument)) %}
  {% endfor %}
  {% set given = '(' ~ rendered | join(', ') ~ ')' if rendered else '' %}
  {% do return('EXECUTE SCRIPT ' ~ sme._identifier(sme._folded(schema)) ~ '.' ~ sme._identifier(script) ~ given) %}
{% endmacro %}

{#- The rows of a result as dictionaries with lower-case names. -#}
{% macro _rows(result) %}
  {% set rows = [] %}
  {% for values in (result.rows if result is not none else []) %}
    {% do rows.append(dict(zip(result.column_names | map('lower'), values))) %}
  {% endfor %}
  {% do return(rows) %}
{% endmacro %}

{#- The first row, or an empty dictionary. -#}
{% macro _first_row(result) %}
  {% set rows = sme._rows(result) %}
  {% do return(rows[0] if rows else {}) %}
{% endmacro %}
