{% test predictions_better_than_constant(model, predicted, actual, metric='Accuracy', margin=0) %}
  {%- do sme._require_of_gate('predictions_better_than_constant', {'predicted': predicted, 'actual': actual}) -%}
  {%- set error = sme._column(actual) ~ ' - ' ~ sme._column(predicted) -%}
  {%- set results = {
    'Accuracy': 'AVG(CASE WHEN ' ~ sme._text_of(actual) ~ ' = ' ~ sme._text_of(predicted) ~ ' THEN 1 ELSE 0 END)',
    'MSE': 'AVG(POWER(' ~ error ~ ', 2))',
    'RMSE': 'SQRT(AVG(POWER(' ~ error ~ ', 2)))',
    'MAE': 'AVG(ABS(' ~ error ~ '))',
  } -%}
  {%- if metric not in results and execute -%}
    {%- do sme._raise('E-SME-133', 'Gate sme.predictions_better_than_constant does not measure ' ~ metric ~ '. Metrics are: ' ~ results.keys() | join(', ')) -%}
  {%- endif -%}
  {%- set query -%}
    SELECT
        {{ sme._literal('Gain in ' ~ metric ~ ' over a constant prediction of ' ~ predicted) }} AS SUBJECT,
        {{ sme._gain(metric, 'flat.ACHIEVED', 'predictions.ACHIEVED') }} AS MEASURED,
        {{ sme._limit('predictions_better_than_constant', 'margin', margin) }} AS ALLOWED
    FROM (SELECT {{ results[metric] }} AS ACHIEVED FROM {{ model }} WHERE {{ sme._column(actual) }} IS NOT NULL) predictions
    CROSS JOIN {{ sme._constant_result(metric, model, actual) }} flat
  {%- endset -%}
  {{ sme._gate('predictions_better_than_constant', 'more than', query) }}
{% endtest %}
