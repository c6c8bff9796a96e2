{#- The one place that reads settings: the value given at the call, else `vars: sme:`, else the
    default. A package's own vars are not visible in a user's models, so the defaults stand here
    and, as documentation, in dbt_project.yml; a test holds the two together. -#}

{% macro _default_settings() %}
  {% do return({
    'schema': 'SME',
    'connection': 'SME_AWS',
    'region': none,
    'role': none,
    'bucket': none,
    'output_path': 'sme',
    'script_language': 'PYTHON3',
  }) %}
{% endmacro %}

{% macro _setting(name, given=none) %}
  {% set defaults = sme._default_settings() %}
  {% if name not in defaults %}
    {% do sme._raise('E-SME-29', 'There is no setting ' ~ name ~ '. Settings are: ' ~ defaults.keys() | join(', ')) %}
  {% endif %}
  {% if given is not none and given != '' %}
    {% do return(given) %}
  {% endif %}
  {% set configured = var('sme', {}).get(name) %}
  {% do return(configured if configured is not none else defaults[name]) %}
{% endmacro %}

{#- Raises E-SME-1 for required arguments and settings without a value: dbt itself renders a
    missing argument as nothing and goes on. -#}
{% macro _require(operation, values) %}
  {% set missing = [] %}
  {% for name, value in values.items() if value is none or value | string | trim == '' %}
    {% do missing.append(name) %}
  {% endfor %}
  {% if missing %}
    {% set settings = sme._default_settings().keys() | list %}
    {% set cures = [] %}
    {% for name in missing %}
      {% do cures.append(name ~ (' (argument, or vars: sme: ' ~ name ~ ')' if name in settings else ' (argument)')) %}
    {% endfor %}
    {% do sme._raise('E-SME-1', 'sme.' ~ operation ~ ' needs ' ~ cures | join(', ') ~ ". Give arguments as --args '{" ~ missing[0] ~ ": ...}'.") %}
  {% endif %}
{% endmacro %}
