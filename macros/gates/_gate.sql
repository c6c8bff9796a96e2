{#- What the gates share. A gate measures, compares with what is allowed, and gives a row for each
    failure: GATE, SUBJECT, MEASURED, ALLOWED and, to be read, MESSAGE. -#}

{#- The rows of a measuring query (SUBJECT, MEASURED, ALLOWED) that fail. What cannot be measured
    fails too: a gate that found nothing to judge has not judged. With --empty there is nothing,
    and nothing fails. `bound` is 'at least', 'more than' or 'at most'. -#}
{% macro _gate(gate, bound, query) %}
  {%- set operators = {'at least': '>=', 'more than': '>', 'at most': '<='} -%}
SELECT
    {{ sme._literal(gate) }} AS GATE,
    SUBJECT,
    CAST(MEASURED AS DOUBLE) AS MEASURED,
    ALLOWED,
    SUBJECT || CASE
        WHEN MEASURED IS NULL THEN ' cannot be measured: there is nothing to measure it on'
        ELSE ' is ' || ROUND(MEASURED, 6) || ', but has to be {{ bound }} ' || ROUND(ALLOWED, 6)
    END AS MESSAGE
FROM (
    {{ query }}
) measured
WHERE (MEASURED IS NULL OR ALLOWED IS NULL OR NOT MEASURED {{ operators[bound] }} ALLOWED)
{{- ' AND FALSE' if flags.EMPTY }}
{%- endmacro %}

{#- Raises E-SME-133 for arguments of a gate that are missing: dbt renders them as nothing. -#}
{% macro _require_of_gate(gate, values) %}
  {%- for name, value in values.items() if execute and (value is undefined or value in (none, '', [])) -%}
    {%- do sme._raise('E-SME-133', 'Gate sme.' ~ gate ~ ' needs the argument ' ~ name ~ '. Give it under arguments:') -%}
  {%- endfor -%}
{% endmacro %}

{#- A limit of a gate as SQL. Raises E-SME-134 for what is no number. -#}
{% macro _limit(gate, name, value) %}
  {%- if not execute -%}{%- do return('0') -%}{%- endif -%}
  {%- if value | float(none) is none -%}
    {%- do sme._raise('E-SME-134', 'Gate sme.' ~ gate ~ ' has ' ~ name ~ ': ' ~ value ~ ', but needs a number') -%}
  {%- endif -%}
  {%- do return('CAST(' ~ value | float ~ ' AS DOUBLE)') -%}
{% endmacro %}

{#- Raises E-SME-134 unless bins is a whole number that divides anything. -#}
{% macro _require_bins(gate, bins) %}
  {%- if execute and (bins is not integer or bins < 2) -%}
    {%- do sme._raise('E-SME-134', 'Gate sme.' ~ gate ~ ' has bins: ' ~ bins ~ ', but needs a whole number from 2 on') -%}
  {%- endif -%}
{% endmacro %}

{#- The name of what a test is on. With `where` dbt hands over a subquery instead of the relation,
    so it is that of the node that the test is attached to. -#}
{% macro _tested_name(relation) %}
  {%- do return(model.attached_node.split('.')[2] if relation is string and model.attached_node else relation.identifier or 'the model') -%}
{% endmacro %}
