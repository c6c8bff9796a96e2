{#- What gates read from the relation of an autopilot_model, which has a row for each version. -#}

{#- The versions that are Completed: "VERSION", ACHIEVED (the metric of the best candidate), AGE, 1 for
    the newest, and PROMOTED_AT, which all have that were ever accepted. The METRICS are JSON, such as {"Validation": {"F1": 0.9}}. -#}
{% macro _completed_versions(model, metric, data_set) %}
  {%- set path = sme._literal('$."' ~ data_set ~ '"."' ~ metric ~ '"') -%}
(
    SELECT
        "VERSION",
        JSON_VALUE(METRICS, {{ path }} RETURNING DOUBLE) AS ACHIEVED,
        ROW_NUMBER() OVER (ORDER BY "VERSION" DESC) AS AGE,
        PROMOTED_AT
    FROM {{ model }}
    WHERE STATUS = 'Completed'
)
{%- endmacro %}

{#- The newest of them as one row of VERSION_NAME and ACHIEVED, with nothing measured where there
    is none. -#}
{% macro _newest_result(model, metric, data_set) %}
(
    SELECT
        {{ sme._literal(sme._tested_name(model)) }} || COALESCE(' version ' || MAX("VERSION"), ' without a completed version') AS VERSION_NAME,
        MAX(ACHIEVED) AS ACHIEVED
    FROM {{ sme._completed_versions(model, metric, data_set) }} versions
    WHERE AGE = 1
)
{%- endmacro %}

{#- How much better one result is than another: above 0 is better. -#}
{% macro _gain(metric, from_sql, to_sql) %}
  {%- set minimized = ['MSE', 'RMSE', 'MAE', 'LogLoss', 'MAPE', 'MASE', 'WAPE', 'AverageWeightedQuantileLoss', 'InferenceLatency'] -%}
  {%- do return(from_sql ~ ' - ' ~ to_sql if metric in minimized else to_sql ~ ' - ' ~ from_sql) -%}
{% endmacro %}
