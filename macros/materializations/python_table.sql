{% materialization python_table, adapter='exasol', supported_languages=['python'] %}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set grant_config = config.get('grants') -%}
  {%- set request = sme._python_request(existing_relation) -%}
  {%- set schema = sme._folded(sme._setting('schema')) -%}
  {%- do sme._require_installed(schema) -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {% call statement('main') -%}
    {{ sme._script_call(schema, 'SME_BUILD_PYTHON_MODEL', [tojson(request)]) }}
  {%- endcall %}

  {{ run_hooks(post_hooks, inside_transaction=True) }}

  {% set should_revoke = should_revoke(existing_relation, full_refresh_mode=request.incremental is none) %}
  {% do apply_grants(target_relation, grant_config, should_revoke=should_revoke) %}
  {% do persist_docs(target_relation, model) %}
  {{ adapter.commit() }}

  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- What SME_BUILD_PYTHON_MODEL has to know about a model, see udfs/lua/python_model.lua. -#}
{% macro _python_request(existing_relation) %}
  {% set options = (config.get('meta') or {}).get('sme', {}) %}
  {% set incremental = sme._python_increment(existing_relation) %}
  {% set language = options.get('script_language') or sme._setting('script_language') %}
  {% do return({
    'definition': tojson(sme._python_definition(options, language, incremental is not none)),
    'relations': sme._python_relations(options.get('read_this') and incremental is not none),
    'script_language': language | upper,
    'is_empty': flags.EMPTY,
    'target': sme._resolve_relation(this),
    'existing': existing_relation.type if existing_relation is not none else none,
    'columns': sme._declared_columns(options.get('contract')),
    'clauses': sme._table_clauses(options.get('contract')),
    'incremental': incremental,
  }) %}
{% endmacro %}

{#- What the UDF has to know, see udfs/python/python_model.py. -#}
{% macro _python_definition(options, language, is_incremental) %}
  {% do return({
    'name': model.name,
    'path': model.original_file_path,
    'code': model.compiled_code,
    'columns': sme._declared_columns(options.get('contract')),
    'contract': options.get('contract') or false,
    'packages': config.get('packages') or [],
    'is_incremental': is_incremental,
    'is_empty': flags.EMPTY,
    'script_language': language,
    'sme_schema': sme._folded(sme._setting('schema')),
    'connection': sme._setting('connection'),
    'region': sme._setting('region'),
  }) %}
{% endmacro %}

{#- The relations that the model reads, by the names under which the code that dbt appends to a
    Python model asks for them. With `read_this`, also its own. -#}
{% macro _python_relations(read_this) %}
  {% set found = [] %}
  {% for wanted in model.refs %}
    {% set names = [wanted.package, wanted.name] if wanted.get('package') else [wanted.name] %}
    {% do found.append(ref(*names, v=wanted.get('version'))) %}
  {% endfor %}
  {% for names in model.sources %}
    {% do found.append(source(*names)) %}
  {% endfor %}
  {% set relations = {} %}
  {% for relation in found %}
    {% set key = resolve_model_name(relation.render()) %}
    {% do relations.update({key: dict(sme._resolve_relation(relation), key=key)}) %}
  {% endfor %}
  {% if read_this %}
    {% do relations.update({'this': dict(sme._resolve_relation(this), key='this')}) %}
  {% endif %}
  {% do return(relations.values() | list) %}
{% endmacro %}

{#- How the rows join those that are there: none where the table is made anew. Raises E-SME-116. -#}
{% macro _python_increment(existing_relation) %}
  {% set strategy = config.get('incremental_strategy') %}
  {% set unique_key = sme._all_folded(config.get('unique_key')) or [] %}
  {% set on_schema_change = config.get('on_schema_change') or 'ignore' %}
  {% if strategy is none %}{% do return(none) %}{% endif %}
  {% if strategy not in ['append', 'delete+insert', 'merge'] %}
    {% do sme._raise('E-SME-116', 'incremental_strategy of Python model ' ~ model.name ~ ' is ' ~ strategy ~ ', but must be append, delete+insert or merge') %}
  {% endif %}
  {% if strategy != 'append' and not unique_key %}
    {% do sme._raise('E-SME-116', 'incremental_strategy ' ~ strategy ~ ' of Python model ' ~ model.name ~ ' needs a unique_key') %}
  {% endif %}
  {% if on_schema_change not in ['ignore', 'fail', 'append_new_columns'] %}
    {% do sme._raise('E-SME-116', 'on_schema_change of Python model ' ~ model.name ~ ' is ' ~ on_schema_change ~ ', but must be ignore, fail or append_new_columns') %}
  {% endif %}
  {% if existing_relation is none or existing_relation.type != 'table' or should_full_refresh() %}
    {% do return(none) %}
  {% endif %}
  {% do return({'strategy': strategy, 'unique_key': unique_key, 'on_schema_change': on_schema_change}) %}
{% endmacro %}
