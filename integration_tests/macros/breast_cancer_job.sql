{# A job name is used up for ever, so every run of dbt has one of its own. #}
{% macro breast_cancer_job() %}
    {{- return('BreastCancer-' ~ run_started_at.strftime('%Y%m%d-%H%M%S')) -}}
{% endmacro %}
