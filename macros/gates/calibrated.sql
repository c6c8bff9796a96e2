{% test calibrated(model, probability, actual, positive, at_most=0.05, bins=10) %}
  {%- do sme._require_of_gate('calibrated', {'probability': probability, 'actual': actual, 'positive': positive}) -%}
  {%- do sme._require_bins('calibrated', bins) -%}
  {%- set chance = sme._column(probability) -%}
  {%- set query -%}
    SELECT
        {{ sme._literal('Expected calibration error of ' ~ probability) }} AS SUBJECT,
        SUM(NUMBER_OF_ROWS * ABS(EXPECTED - OBSERVED)) / SUM(NUMBER_OF_ROWS) AS MEASURED,
        {{ sme._limit('calibrated', 'at_most', at_most) }} AS ALLOWED
    FROM (
        SELECT
            COUNT(*) AS NUMBER_OF_ROWS,
            AVG({{ chance }}) AS EXPECTED,
            AVG(CASE WHEN {{ sme._is_label(actual, positive) }} THEN 1 ELSE 0 END) AS OBSERVED
        FROM {{ model }}
        WHERE {{ chance }} IS NOT NULL AND {{ sme._column(actual) }} IS NOT NULL
        GROUP BY LEAST(FLOOR({{ chance }} * {{ bins }}), {{ bins - 1 }})
    ) bins
  {%- endset -%}
  {{ sme._gate('calibrated', 'at most', query) }}
{% endtest %}
