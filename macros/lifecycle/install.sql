{% macro install(schema=none, script_language=none) %}
  {% if not execute %}{% do return('') %}{% endif %}
  {% set place = sme._install_place(schema, script_language) %}
  {% do sme._activate_own_container() %}
  {% do sme._require_language(place.script_language) %}
  {% set plan = sme._install_plan(place, sme._existing_registry(place.schema)) %}
  {% do sme._execute_plan(plan) %}
  {% set probe = sme._probe(place.schema) %}
  {% do sme._say('installed in schema ' ~ place.schema ~ ': ' ~ plan | length ~ ' objects created or replaced; ' ~ place.script_language ~ ' is Python ' ~ probe.python ~ ' with boto3 ' ~ probe.boto3) %}
{% endmacro %}

{#- Where to install, and for which script language. Raises E-SME-1 and E-SME-29. -#}
{% macro _install_place(schema, script_language) %}
  {% set place = {
    'schema': sme._folded(sme._setting('schema', schema)),
    'script_language': sme._setting('script_language', script_language),
  } %}
  {% do sme._require('install', place) %}
  {% if not modules.re.match('^[A-Za-z][A-Za-z0-9_]*$', place.script_language) %}
    {% do sme._raise('E-SME-29', 'script_language is ' ~ place.script_language ~ ', but must be an alias of SCRIPT_LANGUAGES, such as PYTHON3') %}
  {% endif %}
  {% do return(place) %}
{% endmacro %}

{#- Everything that is created or brought up to date. `existing` is as in _registry_plan. -#}
{% macro _install_plan(place, existing) %}
  {% set plan = [{'name': 'schema ' ~ place.schema, 'sql': 'CREATE SCHEMA IF NOT EXISTS ' ~ sme._identifier(place.schema)}] %}
  {% do return(plan + sme._registry_plan(place.schema, existing) + sme._scripts_plan(place.schema, place.script_language)) %}
{% endmacro %}

{#- The CREATE OR REPLACE of every script. -#}
{% macro _scripts_plan(schema, script_language) %}
  {% set plan = [] %}
  {% for script in sme._scripts() %}
    {% set text = script.text | replace('@SCHEMA@', sme._identifier(schema)) | replace('@SCRIPT_LANGUAGE@', script_language | upper) %}
    {% do plan.append({'name': script.kind | lower ~ ' ' ~ script.name, 'sql': text}) %}
  {% endfor %}
  {% do return(plan) %}
{% endmacro %}

{#- What the script language holds. Raises E-SME-18 where boto3 is too old for Autopilot. -#}
{% macro _probe(schema) %}
  {% set rows = run_query('SELECT ' ~ sme._identifier(schema) ~ ".SME_AUTOPILOT_REQUEST_UDF('probe', '', '', '{}')") %}
  {% set answer = fromjson(rows.rows[0][0]).answer %}
  {% if not answer.knows_automl_v2 %}
    {% do sme._raise('E-SME-18', 'boto3 ' ~ answer.boto3 ~ ' of this script language does not know CreateAutoMLJobV2. Use Exasol 7.1.30 or newer, or give script_language: the alias of a language container that has boto3 1.34') %}
  {% endif %}
  {% do return(answer) %}
{% endmacro %}
