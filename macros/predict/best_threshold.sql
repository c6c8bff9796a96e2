{% macro best_threshold(relation, actual, probability, positive, costs) %}
  {%- if not execute -%}{%- do return('(select * from ' ~ relation ~ ')') -%}{%- endif -%}
  {%- do sme._require('best_threshold', {'relation': relation, 'actual': actual, 'probability': probability, 'positive': positive}) -%}
  {%- set costs = sme._costs(costs) -%}
  {%- set is_positive = sme._is_label(actual, positive) -%}
  {%- set chance = sme._column(probability) -%}
  {%- set unknown = 'CAST(' ~ sme._literal('E-SME-131: ' ~ positive ~ ' is the label of none of the rows, and so many have others: ') ~ ' || NEGATIVES AS DOUBLE)' -%}
(
    SELECT
        CASE WHEN POSITIVES = 0 THEN {{ unknown }} ELSE BETWEEN_TWO END AS THRESHOLD,
        TOTAL_COST,
        FALSE_POSITIVES,
        FALSE_NEGATIVES,
        POSITIVES,
        NEGATIVES
    FROM (
        SELECT
            costed.*,
            CASE WHEN (CHANCE + NEXT_LOWER) / 2 > NEXT_LOWER THEN (CHANCE + NEXT_LOWER) / 2 ELSE CHANCE END AS BETWEEN_TWO,
            ROW_NUMBER() OVER (ORDER BY TOTAL_COST, FALSE_NEGATIVES, FALSE_POSITIVES) AS PLACE
        FROM (
            SELECT
                counted.*,
                FALSE_POSITIVES * {{ costs.false_positive }} + FALSE_NEGATIVES * {{ costs.false_negative }} AS TOTAL_COST
            FROM (
                SELECT
                    CHANCE,
                    COALESCE(LEAD(CHANCE) OVER (ORDER BY CHANCE DESC), 0) AS NEXT_LOWER,
                    SUM(NEGATIVE) OVER (ORDER BY CHANCE DESC) AS FALSE_POSITIVES,
                    SUM(POSITIVE) OVER () - SUM(POSITIVE) OVER (ORDER BY CHANCE DESC) AS FALSE_NEGATIVES,
                    SUM(POSITIVE) OVER () AS POSITIVES,
                    SUM(NEGATIVE) OVER () AS NEGATIVES
                FROM (
                    SELECT
                        {{ chance }} AS CHANCE,
                        SUM(CASE WHEN {{ is_positive }} THEN 1 ELSE 0 END) AS POSITIVE,
                        SUM(CASE WHEN {{ is_positive }} THEN 0 ELSE 1 END) AS NEGATIVE
                    FROM {{ relation }}
                    WHERE {{ chance }} IS NOT NULL AND {{ sme._column(actual) }} IS NOT NULL
                    GROUP BY {{ chance }}
                    UNION ALL
                    SELECT 2, 0, 0
                ) chances
            ) counted
        ) costed
    ) placed
    WHERE PLACE = 1 AND POSITIVES + NEGATIVES > 0
)
{%- endmacro %}
