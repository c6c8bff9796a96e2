{#- The one place that reads settings: the value given at the call, else `vars: sme:`, else the
    default. A package's own vars are not visible in a user's models, so the defaults stand here
    and, as documentation, in dbt_project.yml; a test holds the two together. -#}

{% macro _default_settings() %}
  {% do return({
    'schema': 'SME',
    'connection': 'SME_AWS',
    's3_connection': none,
    'region': none,
    'role': none,
    'bucket': none,
    'output_path': 'sme',
    'script_language': 'PYTHON3',
    'container': none,
    'models': none,
  }) %}
{% endmacro %}

{% macro _setting(name, given=none) %}
  {% set defaults = sme._default_settings() %}
  {% if name not in defaults %}
    {% do exceptions.raise_compiler_error('sme has no setting ' ~ name) %}
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

{#- Where an operation works: {schema, connection, region}, each as given or from the settings.
    Raises E-SME-1 with what is missing, of these and of `arguments`, and E-SME-27. -#}
{% macro _site(operation, arguments, schema=none, connection=none, region=none) %}
  {% set site = {
    'schema': sme._folded(sme._setting('schema', schema)),
    'connection': sme._setting('connection', connection),
    'region': sme._setting('region', region),
  } %}
  {% do arguments.update({'connection': site.connection, 'region': site.region}) %}
  {% do sme._require(operation, arguments) %}
  {% do sme._require_installed(site.schema) %}
  {% do return(site) %}
{% endmacro %}

{#- A number of seconds as an integer. Raises E-SME-29. -#}
{% macro _seconds(name, value) %}
  {% if value | string | trim != value | int(-1) | string or value | int(-1) < 0 %}
    {% do sme._raise('E-SME-29', name ~ ' is ' ~ value ~ ', but must be a whole number of seconds') %}
  {% endif %}
  {% do return(value | int) %}
{% endmacro %}
