{% test total_cost_at_most(model, actual, decision, positive, costs, value=none) %}
  {%- do sme._require_of_gate('total_cost_at_most', {'actual': actual, 'decision': decision, 'positive': positive}) -%}
  {%- set costs = sme._costs(costs) if execute else {} -%}
  {%- set least_of_constants = 'LEAST(POSITIVES * ' ~ costs.false_negative ~ ', (NUMBER_OF_ROWS - POSITIVES) * ' ~ costs.false_positive ~ ')' -%}
  {%- set query -%}
    SELECT
        {{ sme._literal('Total cost of ' ~ decision ~ ', with ') }} || FALSE_POSITIVES || ' false positives and ' || FALSE_NEGATIVES || ' false negatives,' AS SUBJECT,
        CASE WHEN POSITIVES > 0 THEN FALSE_POSITIVES * {{ costs.false_positive }} + FALSE_NEGATIVES * {{ costs.false_negative }} END AS MEASURED,
        {{ least_of_constants if value is none else sme._limit('total_cost_at_most', 'value', value) }} AS ALLOWED
    FROM (
        SELECT
            COUNT(*) AS NUMBER_OF_ROWS,
            COALESCE(SUM(IS_POSITIVE), 0) AS POSITIVES,
            COALESCE(SUM(CASE WHEN IS_POSITIVE = 0 THEN IS_ALARM END), 0) AS FALSE_POSITIVES,
            COALESCE(SUM(CASE WHEN IS_POSITIVE = 1 THEN 1 - IS_ALARM END), 0) AS FALSE_NEGATIVES
        FROM (
            SELECT
                CASE WHEN {{ sme._is_label(actual, positive) }} THEN 1 ELSE 0 END AS IS_POSITIVE,
                CASE WHEN {{ sme._is_label(decision, positive) }} THEN 1 ELSE 0 END AS IS_ALARM
            FROM {{ model }}
            WHERE {{ sme._column(actual) }} IS NOT NULL
        ) judged
    ) counted
  {%- endset -%}
  {{ sme._gate('total_cost_at_most', 'at most', query) }}
{% endtest %}
