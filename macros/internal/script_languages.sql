{#- SCRIPT_LANGUAGES: which aliases there are, and putting a language container among them. -#}

{#- The statement that activates a container, with what it is about: {sql, alias, container};
    none where it is active already. Raises E-SME-1, E-SME-29, E-SME-170 and E-SME-171. -#}
{% macro _activation(container, script_language, level, udf_client) %}
  {% set container = sme._setting('container', container) %}
  {% do sme._require('activate_container', {'container': container}) %}
  {% set alias = sme._container_alias(script_language) %}
  {% if level not in ['session', 'system'] %}
    {% do sme._raise('E-SME-170', 'level is ' ~ level ~ ', but must be session or system') %}
  {% endif %}
  {% set languages = sme._script_languages(level) %}
  {% set entry = alias ~ '=' ~ sme._container_address(container, udf_client) %}
  {% set activated = sme._with_language(languages, alias, entry) %}
  {% if activated == languages %}{% do return(none) %}{% endif %}
  {% do return({
    'sql': 'ALTER ' ~ level | upper ~ ' SET SCRIPT_LANGUAGES = ' ~ sme._literal(activated),
    'alias': alias,
    'container': container,
  }) %}
{% endmacro %}

{#- SCRIPT_LANGUAGES as the session or the system has it. -#}
{% macro _script_languages(level='session') %}
  {% set rows = run_query('SELECT ' ~ level | upper ~ "_VALUE FROM SYS.EXA_PARAMETERS WHERE PARAMETER_NAME = 'SCRIPT_LANGUAGES'") %}
  {% do return(rows.rows[0][0] or '') %}
{% endmacro %}

{#- All languages that were there before, and this one; in its old place if it had one. -#}
{% macro _with_language(languages, alias, entry) %}
  {% set found = namespace(any=false) %}
  {% set entries = [] %}
  {% for other in languages.split() %}
    {% if other.split('=')[0] | upper == alias | upper %}
      {% set found.any = true %}
      {% do entries.append(entry) %}
    {% else %}
      {% do entries.append(other) %}
    {% endif %}
  {% endfor %}
  {% if not found.any %}{% do entries.append(entry) %}{% endif %}
  {% do return(entries | join(' ')) %}
{% endmacro %}

{#- What SCRIPT_LANGUAGES has for a container: its folder as BucketFS shows it to UDFs, and the
    program in it that runs them. -#}
{% macro _container_address(container, udf_client) %}
  {% if not modules.re.match('^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+){2,}$', container) or '..' in container %}
    {% do sme._raise('E-SME-171', 'container is ' ~ container ~ ', but must be its folder in BucketFS as service/bucket/path, such as bfsdefault/default/container/sme; an archive sme.tar.gz is the folder sme there') %}
  {% endif %}
  {% do return('localzmq+protobuf:///' ~ container ~ '?lang=python#buckets/' ~ container ~ '/exaudf/' ~ udf_client) %}
{% endmacro %}

{#- The alias for a container: never the built-in PYTHON3, which all other scripts use. -#}
{% macro _container_alias(script_language) %}
  {% set alias = sme._setting('script_language', script_language) | upper %}
  {% if not script_language and alias == 'PYTHON3' %}{% set alias = 'PYTHON3_SME' %}{% endif %}
  {% if not modules.re.match('^[A-Z][A-Z0-9_]*$', alias) or alias in ['PYTHON3', 'PYTHON', 'R', 'JAVA', 'LUA'] %}
    {% do sme._raise('E-SME-29', 'script_language is ' ~ alias ~ ', but must be a name for the container that no built-in language has, such as PYTHON3_SME') %}
  {% endif %}
  {% do return(alias) %}
{% endmacro %}

{#- Raises E-SME-172 where a script could not be made in this language. -#}
{% macro _require_language(script_language) %}
  {% set aliases = [] %}
  {% for entry in sme._script_languages().split() %}
    {% do aliases.append(entry.split('=')[0] | upper) %}
  {% endfor %}
  {% if script_language | upper not in aliases %}
    {% do sme._raise('E-SME-172', 'script_language is ' ~ script_language ~ ', but this session has only ' ~ aliases | join(', ') ~ '. Activate its container first: sme.activate_container for the session (or the setting container, which does so for every operation), or sme container activate --level system for all') %}
  {% endif %}
{% endmacro %}

{#- Where the setting `container` says so, the container is active in this session from here on.
    Each operation and each model of dbt has a session of its own. -#}
{% macro _activate_own_container() %}
  {% if sme._setting('container') %}
    {% do sme.activate_container() %}
  {% endif %}
{% endmacro %}
