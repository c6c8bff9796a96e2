{% macro train(
    job_name=none, relation=none, target=none,
    problem_type=none, objective=none, max_candidates=none,
    max_runtime_for_automl_job_in_seconds=none, max_runtime_per_training_job_in_seconds=none,
    schema=none, connection=none, region=none, role=none, bucket=none, output_path=none
) %}
  {% if not sme._may_run('train') %}{% do return('') %}{% endif %}
  {% set role = sme._setting('role', role) %}
  {% set bucket = sme._setting('bucket', bucket) %}
  {% set output_path = sme._setting('output_path', output_path) %}
  {% set site = sme._site('train', {
    'job_name': job_name, 'relation': relation, 'target': target,
    'role': role, 'bucket': bucket, 'output_path': output_path,
  }, schema, connection, region) %}
  {% set input = sme._resolve_relation(relation) %}
  {% set request = sme._training_request(
      site, job_name, input, target, role, bucket, output_path,
      {
        'problem_type': problem_type, 'objective': objective, 'max_candidates': max_candidates,
        'max_runtime_for_automl_job_in_seconds': max_runtime_for_automl_job_in_seconds,
        'max_runtime_per_training_job_in_seconds': max_runtime_per_training_job_in_seconds,
      }) %}
  {% set plan = [{
    'name': 'train ' ~ job_name,
    'sql': sme._script_call(site.schema, 'SME_TRAIN_WITH_SAGEMAKER_AUTOPILOT', [tojson(request)]),
  }] %}
  {% set job = sme._first_row(sme._execute_plan(plan, quiet=true)) %}
  {% do sme._say('job ' ~ job.job_name ~ ' is ' ~ job.status ~ ': ' ~ job.row_count ~ ' rows of ' ~ input.schema ~ '.' ~ input.name ~ ' exported to ' ~ job.s3_uri ~ ', target ' ~ target ~ ', ' ~ job.feature_count ~ ' features') %}
{% endmacro %}

{#- The JSON argument of the training script: given options only. -#}
{% macro _training_request(site, job_name, input, target, role, bucket, output_path, options) %}
  {% set request = {
    'job_name': job_name | string,
    'aws_credentials_connection_name': site.connection,
    'aws_region': site.region,
    'iam_sagemaker_role': role,
    's3_bucket_uri': bucket,
    's3_output_path': output_path,
    'input_schema_name': input.schema,
    'input_table_or_view_name': input.name,
    'target_attribute_name': sme._folded(target),
  } %}
  {% for name, value in options.items() if value is not none %}
    {% do request.update({name: value}) %}
  {% endfor %}
  {% do return(request) %}
{% endmacro %}
