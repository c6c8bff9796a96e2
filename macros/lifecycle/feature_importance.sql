{% macro feature_importance(
    job_name=none, candidate_name=none, schema=none, connection=none, region=none,
    model_name=none, version=none
) %}
  {% if not sme._may_run('feature_importance') %}{% do return('') %}{% endif %}
  {% set site = sme._job_site('feature_importance', job_name, model_name, version, schema, connection, region) %}
  {% set request = sme._job_request(site) %}
  {% if candidate_name %}
    {% do request.update({'candidate_name': candidate_name | string}) %}
  {% endif %}
  {% set plan = [{
    'name': 'feature importance of ' ~ sme._job_title(site),
    'sql': sme._script_call(site.schema, 'SME_READ_SAGEMAKER_AUTOPILOT_FEATURE_IMPORTANCE', [tojson(request)]),
  }] %}
  {% set rows = sme._rows(sme._execute_plan(plan, quiet=true)) %}
  {% set leaders = [] %}
  {% for row in rows if row.importance and row.label == rows[0].label and leaders | length < 3 %}
    {% do leaders.append(row.feature_name ~ ' (' ~ row.importance | float | round(4) ~ ')') %}
  {% endfor %}
  {% do sme._say('candidate ' ~ rows[0].candidate_name ~ ' of job ' ~ rows[0].job_name ~ ' looks most at ' ~ leaders | join(', ') ~ '; all ' ~ rows | length ~ ' importances are in ' ~ site.schema ~ '.SME_METADATA_AUTOPILOT_FEATURE_IMPORTANCE') %}
{% endmacro %}
