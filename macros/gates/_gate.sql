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
