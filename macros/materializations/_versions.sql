{#- The versions of a model as the registry has them, less those that AWS never got. -#}

{#- The query behind an autopilot_model's relation. -#}
{% macro _versions_query(schema, model_name) %}
  {% do return(sme._registry_query(schema, [
    ('MODEL_NAME', 'VARCHAR(100)', 'COALESCE(J.MODEL_NAME, J.JOB_NAME)'),
    ('VERSION', 'DECIMAL(18,0)', 'COALESCE(J."VERSION", 1)'),
    ('JOB_NAME', 'VARCHAR(100)', 'J.JOB_NAME'),
    ('STATUS', 'VARCHAR(50)', 'J.STATUS'),
    ('FAILURE_REASON', 'VARCHAR(2000)', 'J.FAILURE_REASON'),
    ('PROBLEM_TYPE', 'VARCHAR(100)', 'COALESCE(J.RESOLVED_PROBLEM_TYPE, J.PROBLEM_TYPE)'),
    ('TARGET', 'VARCHAR(200)', 'J.TARGET_ATTRIBUTE_NAME'),
    ('ROW_COUNT', 'DECIMAL(18,0)', 'J.ROW_COUNT'),
    ('BEST_CANDIDATE', 'VARCHAR(200)', 'J.BEST_CANDIDATE'),
    ('BEST_METRIC_NAME', 'VARCHAR(100)', 'J.BEST_METRIC_NAME'),
    ('BEST_METRIC_VALUE', 'DOUBLE', 'J.BEST_METRIC_VALUE'),
    ('METRICS', 'VARCHAR(2000000)', 'C.METRICS'),
    ('TRAINED_AT', 'TIMESTAMP', 'J.ENDED_AT_UTC'),
    ('PROMOTED_AT', 'TIMESTAMP', 'J.PROMOTED_AT'),
  ], sme._from_versions(schema, model_name))) %}
{% endmacro %}

{% macro _from_versions(schema, model_name) %}
  {% set registry = sme._identifier(schema) %}
  {% do return(
    ' FROM ' ~ registry ~ '.SME_METADATA_AUTOPILOT_JOBS J'
    ~ ' LEFT JOIN ' ~ registry ~ '.SME_METADATA_AUTOPILOT_CANDIDATES C ON C.JOB_NAME = J.JOB_NAME AND C.CANDIDATE_NAME = J.BEST_CANDIDATE'
    ~ ' WHERE UPPER(COALESCE(J.MODEL_NAME, J.JOB_NAME)) = UPPER(' ~ sme._literal(model_name) ~ ")"
    ~ " AND COALESCE(J.STATUS, 'InProgress') <> 'NotStarted'"
  ) %}
{% endmacro %}

{#- The newest version: {job_name, version, status, failure_reason, fingerprint, has_candidates},
    or an empty dictionary. -#}
{% macro _newest_version(schema, model_name) %}
  {% set row = sme._first_row(run_query(
    "SELECT J.JOB_NAME, COALESCE(J.\"VERSION\", 1) AS \"VERSION\", COALESCE(J.STATUS, 'InProgress') AS STATUS, J.FAILURE_REASON, J.SETTINGS, C.CANDIDATE_NAME"
    ~ sme._from_versions(schema, model_name) ~ ' ORDER BY 2 DESC LIMIT 1'
  )) %}
  {% if row %}
    {% do row.update({
      'version': row.version | int,
      'fingerprint': fromjson(row.settings or '{}').get('fingerprint'),
      'has_candidates': row.candidate_name is not none,
    }) %}
  {% endif %}
  {% do return(row) %}
{% endmacro %}
