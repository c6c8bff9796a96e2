{% macro candidates(
    job_name=none, schema=none, connection=none, region=none, model_name=none, version=none
) %}
  {% if not sme._may_run('candidates') %}{% do return('') %}{% endif %}
  {% set site = sme._job_site('candidates', job_name, model_name, version, schema, connection, region) %}
  {% set rows = sme._list_candidates(site) %}
  {% do sme._say('job ' ~ (rows[0].job_name if rows else sme._job_title(site)) ~ ' has ' ~ rows | length ~ ' candidates, now in ' ~ site.schema ~ '.SME_METADATA_AUTOPILOT_CANDIDATES and, metric by metric, in SME_METADATA_AUTOPILOT_CANDIDATE_METRICS') %}
  {% for candidate in rows %}
    {% do sme._say(sme._candidate_line(candidate)) %}
  {% endfor %}
{% endmacro %}

{#- Brings the registry up to date about the candidates of a job, and gives them. -#}
{% macro _list_candidates(site) %}
  {% set plan = [{
    'name': 'candidates of ' ~ sme._job_title(site),
    'sql': sme._script_call(site.schema, 'SME_LIST_SAGEMAKER_AUTOPILOT_CANDIDATES', [tojson(sme._job_request(site))]),
  }] %}
  {% do return(sme._rows(sme._execute_plan(plan, quiet=true))) %}
{% endmacro %}

{#- One readable line about a candidate. -#}
{% macro _candidate_line(candidate) %}
  {% set line = '  ' ~ candidate.candidate_name ~ ' is ' ~ candidate.candidate_status %}
  {% if candidate.metric_name %}
    {% set line = line ~ ', ' ~ candidate.metric_name ~ ' ' ~ candidate.metric_value %}
  {% endif %}
  {% if candidate.is_best == 'TRUE' %}
    {% set line = line ~ ', the best' %}
  {% endif %}
  {% if candidate.failure_reason %}
    {% set line = line ~ ': ' ~ candidate.failure_reason %}
  {% endif %}
  {% do return(line) %}
{% endmacro %}
