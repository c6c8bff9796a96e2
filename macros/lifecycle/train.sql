{% macro train(
    job_name=none, relation=none, target=none,
    problem_type=none, objective=none, max_candidates=none,
    max_runtime_for_automl_job_in_seconds=none, max_runtime_per_training_job_in_seconds=none,
    schema=none, connection=none, region=none, role=none, bucket=none, output_path=none,
    model_name=none, version=none, query=none, validation_relation=none, validation_fraction=none,
    include_columns=none, exclude_columns=none, keys=none, sample_weight_column=none,
    mode=none, algorithms=none, row_limit=none, sample_fraction=none, compression=none,
    parallelism=none, tags=none, output_kms_key=none, volume_kms_key=none,
    encrypt_inter_container_traffic=none, vpc_security_group_ids=none, vpc_subnets=none,
    text_column=none, item_column=none, time_column=none, grouping_columns=none,
    forecast_frequency=none, forecast_horizon=none, forecast_quantiles=none, fill_methods=none,
    aggregation=none, holiday_country=none, s3_connection=none,
    fingerprint=none
) %}
  {% if not sme._may_run('train') %}{% do return('') %}{% endif %}
  {% set place = {
    'iam_sagemaker_role': sme._setting('role', role),
    's3_bucket_uri': sme._setting('bucket', bucket),
    's3_output_path': sme._setting('output_path', output_path),
  } %}
  {% set required = {
    'target': target, 'role': place.iam_sagemaker_role, 'bucket': place.s3_bucket_uri,
    'output_path': place.s3_output_path,
  } %}
  {% if model_name is none %}{% do required.update({'job_name': job_name}) %}{% endif %}
  {% if query is none %}{% do required.update({'relation': relation}) %}{% endif %}
  {% set site = sme._site('train', required, schema, connection, region) %}
  {% set request = sme._given({
    'job_name': job_name, 'model_name': model_name, 'version': version,
    'target_attribute_name': sme._folded(target),
    'include_columns': sme._all_folded(include_columns),
    'exclude_columns': sme._all_folded(exclude_columns),
    'key_columns': sme._all_folded(keys),
    'sample_weight_column': sme._folded_or_none(sample_weight_column),
    'problem_type': problem_type, 'objective': objective, 'mode': mode, 'algorithms': algorithms,
    'max_candidates': max_candidates,
    'max_runtime_for_automl_job_in_seconds': max_runtime_for_automl_job_in_seconds,
    'max_runtime_per_training_job_in_seconds': max_runtime_per_training_job_in_seconds,
    'validation_fraction': validation_fraction, 'row_limit': row_limit,
    'sample_fraction': sample_fraction, 'compression': compression, 'parallelism': parallelism,
    'tags': tags, 'output_kms_key': output_kms_key, 'volume_kms_key': volume_kms_key,
    'encrypt_inter_container_traffic': encrypt_inter_container_traffic,
    'vpc_security_group_ids': vpc_security_group_ids, 'vpc_subnets': vpc_subnets,
    'text_column': sme._folded_or_none(text_column),
    'item_column': sme._folded_or_none(item_column),
    'time_column': sme._folded_or_none(time_column),
    'grouping_columns': sme._all_folded(grouping_columns),
    'forecast_frequency': forecast_frequency, 'forecast_horizon': forecast_horizon,
    'forecast_quantiles': forecast_quantiles, 'fill_methods': fill_methods,
    'aggregation': aggregation, 'holiday_country': holiday_country,
    's3_connection_name': sme._setting('s3_connection', s3_connection),
    'fingerprint': fingerprint,
    'dbt_invocation_id': invocation_id,
  }) %}
  {% do request.update(place) %}
  {% do request.update({'aws_credentials_connection_name': site.connection, 'aws_region': site.region}) %}
  {% do request.update(sme._training_input(relation, query, validation_relation)) %}
  {% set plan = [{
    'name': 'train ' ~ (model_name or job_name),
    'sql': sme._script_call(site.schema, 'SME_TRAIN_WITH_SAGEMAKER_AUTOPILOT', [tojson(request)]),
  }] %}
  {% set job = sme._first_row(sme._execute_plan(plan, quiet=true)) %}
  {% do sme._say(sme._training_line(job, request)) %}
{% endmacro %}

{#- What of the options was given. -#}
{% macro _given(options) %}
  {% set given = {} %}
  {% for name, value in options.items() if value is not none and value != '' %}
    {% do given.update({name: value}) %}
  {% endfor %}
  {% do return(given) %}
{% endmacro %}

{#- What is trained on, and what validated with, as options of the script. Both a relation and a
    query are passed on: the script refuses that. -#}
{% macro _training_input(relation, query, validation_relation) %}
  {% set options = {} %}
  {% if relation is not none %}
    {% set input = sme._resolve_relation(relation) %}
    {% do options.update({'input_schema_name': input.schema, 'input_table_or_view_name': input.name}) %}
  {% endif %}
  {% if query is not none %}
    {% if query | trim == '' %}
      {% do sme._raise('E-SME-135', 'query is empty: give a SELECT, or leave query out and give relation') %}
    {% endif %}
    {% do options.update({'input_query': query}) %}
  {% endif %}
  {% if validation_relation is not none %}
    {% set validation = sme._resolve_relation(validation_relation) %}
    {% do options.update({'validation_schema_name': validation.schema, 'validation_table_or_view_name': validation.name}) %}
  {% endif %}
  {% do return(options) %}
{% endmacro %}

{#- One readable line about what was started, by this call or by one that was interrupted. -#}
{% macro _training_line(job, request) %}
  {% set status = job.status ~ ('' if job.started == 'now' else ', started by an earlier call') %}
  {% set line = 'job ' ~ job.job_name ~ ' is ' ~ status ~ ': ' ~ job.row_count ~ ' rows of ' ~ job.trained_on ~ ' exported to ' ~ job.s3_uri ~ ', target ' ~ job.target ~ ', ' ~ job.feature_count ~ ' features' %}
  {% if request.model_name is defined %}
    {% set line = 'version ' ~ job.version ~ ' of model ' ~ job.model_name ~ ', ' ~ line %}
  {% endif %}
  {% do return(line) %}
{% endmacro %}
