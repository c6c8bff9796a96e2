{#- The best that a model can do which always says the same, whatever the row: one row, ACHIEVED.
    The positive class of F1 and Precision is the rarer one. Raises E-SME-133. -#}
{% macro _constant_result(metric, relation, target) %}
  {%- set of_labels = {
    'Accuracy': 'MAX(PART)',
    'BalancedAccuracy': '1 / COUNT(*)',
    'AUC': 'MAX(0.5)',
    'F1': '2 * MIN(PART) / (1 + MIN(PART))',
    'Precision': 'MIN(PART)',
    'LogLoss': '-SUM(PART * LN(PART))',
    'F1macro': '2 * MAX(PART) / (1 + MAX(PART)) / COUNT(*)',
    'PrecisionMacro': 'MAX(PART) / COUNT(*)',
    'RecallMacro': '1 / COUNT(*)',
  } -%}
  {%- set value = sme._column(target) -%}
  {%- set of_numbers = {
    'R2': 'MAX(0)',
    'MSE': 'VAR_POP(' ~ value ~ ')',
    'RMSE': 'STDDEV_POP(' ~ value ~ ')',
    'MAE': 'AVG(ABS(' ~ value ~ ' - MIDDLE))',
  } -%}
  {%- if metric in of_numbers -%}
    {%- set middle = '(SELECT MEDIAN(' ~ value ~ ') AS MIDDLE FROM ' ~ relation ~ ') medians' -%}
    {%- do return('(SELECT ' ~ of_numbers[metric] ~ ' AS ACHIEVED FROM ' ~ relation ~ ' CROSS JOIN ' ~ middle ~ ')') -%}
  {%- elif metric not in of_labels and execute -%}
    {%- do sme._raise('E-SME-133', metric ~ ' of a constant prediction says nothing. Metrics are: ' ~ (of_labels.keys() | list + of_numbers.keys() | list) | join(', ')) -%}
  {%- endif -%}
  {%- do return('(SELECT ' ~ of_labels[metric] ~ ' AS ACHIEVED FROM ' ~ sme._parts(relation, target) ~ ' parts)') -%}
{% endmacro %}

{#- What part of the rows has each value of a column, as PART. NULL is left out. -#}
{% macro _parts(relation, column) %}
(
    SELECT NUMBER_OF_ROWS / SUM(NUMBER_OF_ROWS) OVER () AS PART
    FROM {{ sme._counted_values(relation, column) }} counted
)
{%- endmacro %}
