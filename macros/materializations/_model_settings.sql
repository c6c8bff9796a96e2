{#- The settings of an autopilot_model. All are arguments of sme.train, but for wait and timeout.

    `columns` and `learnt` decide what is learnt, so that a change of one of them trains the next
    version; `kept` do not. -#}
{% macro _model_settings() %}
  {% do return({
    'columns': [
      'target', 'include_columns', 'exclude_columns', 'keys', 'sample_weight_column', 'text_column',
      'item_column', 'time_column', 'grouping_columns',
    ],
    'learnt': [
      'region', 'problem_type', 'objective', 'mode', 'algorithms', 'max_candidates',
      'max_runtime_for_automl_job_in_seconds', 'max_runtime_per_training_job_in_seconds',
      'validation_relation', 'validation_fraction', 'row_limit', 'sample_fraction',
      'forecast_frequency', 'forecast_horizon', 'forecast_quantiles', 'fill_methods',
      'aggregation', 'holiday_country',
    ],
    'kept': [
      'model_name', 'wait', 'timeout', 'schema', 'connection', 's3_connection', 'role', 'bucket',
      'output_path', 'compression', 'parallelism', 'tags', 'output_kms_key', 'volume_kms_key',
      'encrypt_inter_container_traffic', 'vpc_security_group_ids', 'vpc_subnets',
    ],
  }) %}
{% endmacro %}

{#- The settings of an autopilot_model node. Raises E-SME-120. -#}
{% macro _settings_of_model(node) %}
  {% set known = sme._model_settings() %}
  {% do return(sme._checked_settings(node, known.columns + known.learnt + known.kept, ['target'])) %}
{% endmacro %}

{#- The settings of a node, of which all are known and none that it needs is missing. Raises
    E-SME-120. -#}
{% macro _checked_settings(node, known, required) %}
  {% set settings = sme._node_settings(node) %}
  {% for name in settings if name not in known %}
    {% do sme._raise('E-SME-120', node.config.materialized ~ ' ' ~ node.name ~ ' has a setting ' ~ name ~ ' under meta: sme, which there is not. Settings are: ' ~ known | sort | join(', ')) %}
  {% endfor %}
  {% for name in required if settings.get(name) in (none, '') %}
    {% do sme._raise('E-SME-120', node.config.materialized ~ ' ' ~ node.name ~ " needs the setting " ~ name ~ ". Give it as config(meta={'sme': {" ~ sme._literal(name) ~ ": ...}})") %}
  {% endfor %}
  {% do return(settings) %}
{% endmacro %}

{#- What a version was trained from, as JSON text: two that are equal train the same model. -#}
{% macro _fingerprint(settings, query) %}
  {% set known = sme._model_settings() %}
  {% set trained_from = {'query': local_md5(sme._normalised_sql(query))} %}
  {% for name in known.columns + known.learnt %}
    {% set value = sme._setting('region', settings.get(name)) if name == 'region' else settings.get(name) %}
    {% if value not in (none, '') %}
      {% do trained_from.update({name: sme._canonical(value, name in known.columns)}) %}
    {% endif %}
  {% endfor %}
  {% do return(tojson(trained_from, sort_keys=true)) %}
{% endmacro %}

{#- A setting as text that is the same however it was written: 2 or '2', a or [a], in any order. -#}
{% macro _canonical(value, is_column) %}
  {% if value is mapping %}{% do return(tojson(value, sort_keys=true)) %}{% endif %}
  {% set texts = [] %}
  {% for item in ([value] if value is string or value is not iterable else value) %}
    {% do texts.append(sme._folded(item) if is_column else item | string) %}
  {% endfor %}
  {% do return(texts | sort | join(', ')) %}
{% endmacro %}

{#- SQL without what does not count: comments, layout, and case outside of quotes. -#}
{% macro _normalised_sql(query) %}
  {% set token = "'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\\n]*|/\\*[\\s\\S]*?\\*/|\\w+|[^\\w\\s;]" %}
  {% set kept = [] %}
  {% for text in modules.re.findall(token, query) if text[:2] not in ('--', '/*') %}
    {% do kept.append(text if text[0] in ("'", '"') else text | upper) %}
  {% endfor %}
  {% do return(kept | join(' ')) %}
{% endmacro %}
