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

{#- What the script language holds. The script fails where that is not enough. -#}
{% macro _probe(schema) %}
  {% do return(sme._first_row(run_query(sme._script_call(schema, 'SME_CHECK_SCRIPT_LANGUAGE', [])))) %}
{% endmacro %}
