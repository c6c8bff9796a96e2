{#- Into how many groups the rows of each node are spread; a process of its own takes each.

    Given, or chosen so that a process has work for seconds: one takes some 100 000 rows a second,
    and starting it costs half a second. More than four a node would only wait for the endpoint,
    since each keeps up to 16 requests in flight. Raises E-SME-29. -#}
{% macro _groups_per_node(relation, parallelism) %}
  {%- set rows_per_process, most = 100000, 4 -%}
  {%- if parallelism is not none -%}
    {%- if parallelism | string | int(0) < 1 or parallelism | string | trim != parallelism | int(0) | string -%}
      {%- do sme._raise('E-SME-29', 'parallelism is ' ~ parallelism ~ ', but it can only be a whole number from 1 on') -%}
    {%- endif -%}
    {%- do return(parallelism | int) -%}
  {%- endif -%}
  {%- if relation is string or not sme._relation_exists(relation) -%}
    {%- do return(most) -%}
  {%- endif -%}
  {%- set counted = run_query('SELECT COUNT(*) / NPROC() FROM ' ~ relation) -%}
  {%- set rows_per_node = counted.rows[0][0] | float -%}
  {%- do return([[(rows_per_node / rows_per_process) | round(0, 'ceil') | int, 1] | max, most] | min) -%}
{% endmacro %}

{#- Whether the relation is there already. It is not when dbt only compiles. -#}
{% macro _relation_exists(relation) %}
  {%- if not relation.schema -%}{%- do return(false) -%}{%- endif -%}
  {%- do return(load_relation(relation) is not none) -%}
{% endmacro %}
