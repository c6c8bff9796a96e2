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
  {% do return('EXECUTE SCRIPT ' ~ sme._identifier(sme._folded(schema)) ~ '.' ~ sme._identifier(script) ~ '(' ~ rendered | join(', ') ~ ')') %}
{% endmacro %}

{#- The first row of a result as a dictionary with lower-case names, or an empty one. -#}
{% macro _first_row(rows) %}
  {% set row = {} %}
  {% if rows is not none and rows.rows | length > 0 %}
    {% for name in rows.column_names %}
      {% do row.update({name | lower: rows.rows[0][loop.index0]}) %}
    {% endfor %}
  {% endif %}
  {% do return(row) %}
{% endmacro %}
