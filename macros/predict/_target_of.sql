{#- What the registry knows of the target behind an endpoint or a batch prediction, of which `table`
    has a row with that key. -#}
{% macro _target_behind(schema, table, key, name) %}
  {%- set query -%}
    SELECT s.PROBLEM_TYPE, j.TARGET_ATTRIBUTE_NAME, j."COLUMNS", j.TARGET_LABELS
    FROM {{ sme._identifier(schema) }}.{{ sme._identifier(table) }} s
    JOIN {{ sme._identifier(schema) }}.SME_METADATA_AUTOPILOT_JOBS j ON j.JOB_NAME = s.JOB_NAME
    WHERE UPPER(s.{{ sme._identifier(key) }}) = UPPER({{ sme._literal(name) }})
  {%- endset -%}
  {%- do return(sme._target_of(sme._first_row(run_query(query)))) -%}
{% endmacro %}

{#- The same of the job that a batch prediction will most likely take, before it has begun: the one
    named, or of a model the version given, promoted, or newest. -#}
{% macro _target_to_predict(schema, job_name, model_name, version) %}
  {%- if 'SME_METADATA_AUTOPILOT_TRANSFORM_JOBS' not in sme._existing_registry(schema) -%}
    {%- do return(sme._target_of({})) -%}
  {%- endif -%}
  {%- set registry = sme._identifier(schema) ~ '.SME_METADATA_AUTOPILOT_' -%}
  {%- set query -%}
    SELECT
        COALESCE(j.RESOLVED_PROBLEM_TYPE, j.PROBLEM_TYPE) AS PROBLEM_TYPE,
        j.TARGET_ATTRIBUTE_NAME, j."COLUMNS", j.TARGET_LABELS
    FROM {{ registry }}JOBS j
    LEFT JOIN {{ registry }}MODELS m ON UPPER(m.MODEL_NAME) = UPPER(COALESCE(j.MODEL_NAME, j.JOB_NAME))
    WHERE j."COLUMNS" IS NOT NULL
        AND UPPER({{ 'j.JOB_NAME' if job_name else 'COALESCE(j.MODEL_NAME, j.JOB_NAME)' }}) = UPPER({{ sme._literal(job_name or model_name) }})
        {%- if version is not none %}
        AND COALESCE(j.VERSION, 1) = {{ version | int }}
        {%- endif %}
    ORDER BY
        CASE WHEN j.VERSION = m.PROMOTED_VERSION THEN 0 WHEN j.STATUS = 'Completed' THEN 1 ELSE 2 END,
        j.VERSION DESC
    LIMIT 1
  {%- endset -%}
  {%- set job = sme._first_row(run_query(query)) -%}
  {%- do return(sme._target_of(job)) -%}
{% endmacro %}

{#- {problem_type, labels, type, features}, features being the columns that the model reads. What is
    not known is none or empty. -#}
{% macro _target_of(job) %}
  {%- set columns = fromjson(job.columns or '[]') -%}
  {%- set types = columns | selectattr('name', 'equalto', job.target_attribute_name) | map(attribute='type') | list -%}
  {%- set others = columns | rejectattr('name', 'equalto', job.target_attribute_name) | rejectattr('role', 'equalto', 'weight') -%}
  {%- do return({
    'problem_type': job.problem_type or none,
    'labels': fromjson(job.target_labels or '[]'),
    'type': types[0] if types else none,
    'features': others | list,
  }) -%}
{% endmacro %}
