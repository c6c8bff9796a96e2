{% macro predict_batch(
    model_name=none, relation=none, keys=[], into=none, job_name=none, version=none, query=none,
    instance_type='ml.m5.large', instance_count=1, max_payload_in_mb=none,
    max_concurrent_transforms=none, parallelism=none, timeout=86400, schema=none, connection=none,
    region=none, s3_connection=none, candidate_name=none, probability_columns=none, positive=none,
    threshold=none, costs=none, new_keys_only=false
) %}
  {%- set rows = relation if query is none else '(' ~ query ~ ')' -%}
  {%- if not execute -%}{%- do return('(select * from ' ~ rows ~ ')') -%}{%- endif -%}
  {%- set keys = [keys] if keys is string else keys -%}
  {%- set model_name = sme._model_name(model_name) if model_name is not none else none -%}
  {%- set wanted = sme._wanted_decision('predict_batch', positive, threshold, costs, probability_columns) -%}
  {%- set registry = sme._folded(sme._setting('schema', schema)) -%}
  {%- set known = sme._target_to_predict(registry, job_name, model_name, version) -%}
  {%- if known.features -%}
    {%- set title = 'Job ' ~ job_name if job_name is not none else 'Model ' ~ model_name -%}
    {%- set wanted = sme._decision_of('predict_batch', title, known, keys, wanted) -%}
  {%- endif -%}
  {%- if not sme._predicts_now() -%}
    {%- do return(sme._decided(sme._no_predictions(rows, keys, sme._line_type('fail'), known), wanted)) -%}
  {%- endif -%}
  {%- set required = {'instance_type': instance_type, 'instance_count': instance_count} -%}
  {%- if job_name is none -%}{%- do required.update({'model_name': model_name}) -%}{%- endif -%}
  {%- if query is none -%}{%- do required.update({'relation': relation}) -%}{%- endif -%}
  {%- if flags.WHICH == 'run-operation' -%}{%- do required.update({'into': into}) -%}{%- endif -%}
  {%- set site = sme._site('predict_batch', required, schema, connection, region) -%}
  {%- if flags.WHICH == 'run-operation' and (sme._is_decided(wanted) or new_keys_only) -%}
    {%- do sme._raise('E-SME-105', 'As an operation sme.predict_batch makes a table of predictions, and probability_columns, positive, threshold, costs and new_keys_only are for models. Leave them out, and use sme.decide on the table') -%}
  {%- endif -%}
  {%- set timeout = sme._seconds('timeout', timeout) -%}
  {%- set request = sme._given({
    'job_name': job_name, 'model_name': model_name, 'version': version,
    'candidate_name': candidate_name,
    'key_columns': sme._all_folded(keys), 'instance_type': instance_type,
    'instance_count': instance_count, 'max_payload_in_mb': max_payload_in_mb,
    'max_concurrent_transforms': max_concurrent_transforms, 'parallelism': parallelism,
    'aws_credentials_connection_name': site.connection, 'aws_region': site.region,
    's3_connection_name': sme._setting('s3_connection', s3_connection),
  }) -%}
  {%- set input = sme._batch_input(relation, query) -%}
  {%- set result = sme._resolve_relation(into or sme._staging_relation(request, input)) -%}
  {%- do request.update({'result_schema_name': result.schema, 'result_table_name': result.name}) -%}
  {%- set new_rows = sme._rows_to_predict(rows, keys, new_keys_only) -%}
  {%- do request.update(input if new_rows == rows else {'input_query': 'SELECT * FROM ' ~ new_rows}) -%}
  {%- set name = sme._predict_into(request, timeout, site) -%}
  {%- set target = sme._target_behind(site.schema, 'SME_METADATA_AUTOPILOT_TRANSFORM_JOBS', 'TRANSFORM_JOB_NAME', name) -%}
  {%- set wanted = sme._decision_of('predict_batch', 'Batch prediction ' ~ name, target, keys, wanted) -%}
  {%- do return(sme._decided('(select * from ' ~ sme._identifier(result.schema) ~ '.' ~ sme._identifier(result.name) ~ ')', wanted)) -%}
{% endmacro %}

{#- A transform job is charged, so it is started only where dbt really builds: not while it parses,
    compiles, documents or tests, and not with --empty. -#}
{% macro _predicts_now() %}
  {%- do return(not flags.EMPTY and flags.WHICH in ('run', 'build', 'snapshot', 'run-operation')) -%}
{% endmacro %}

{#- Where the rows come from, as options of the script. Raises E-SME-29 for an ephemeral model,
    which is a part of the query that would come later. -#}
{% macro _batch_input(relation, query) %}
  {%- if relation is not string and relation.is_cte -%}
    {%- do sme._raise('E-SME-29', 'sme.predict_batch cannot read ' ~ relation ~ ': it is an ephemeral model, which exists only within a query. Materialize it as a table or view') -%}
  {%- endif -%}
  {%- do return(sme._training_input(relation, query, none)) -%}
{% endmacro %}

{#- The table between a batch prediction and the model that selects from it, beside the model and
    replaced each time. Its name holds a digest of what is predicted: a model may have several. -#}
{% macro _staging_relation(request, input) %}
  {%- set what = [input] -%}
  {%- for name in ('model_name', 'version', 'job_name', 'candidate_name', 'key_columns') -%}
    {%- do what.append(request.get(name)) -%}
  {%- endfor -%}
  {%- set digest = local_md5(tojson(what))[:8] -%}
  {%- do return('"' ~ sme._folded(this.schema) ~ '"."' ~ sme._folded(this.identifier) ~ '__SME_BATCH_' ~ digest | upper ~ '"') -%}
{% endmacro %}

{#- Starts, waits for and fetches a batch prediction, and gives its name. Where the time is over it is
    stopped, since nobody would fetch it. Raises E-SME-24 or E-SME-93. -#}
{% macro _predict_into(request, timeout, site) %}
  {%- set started = modules.datetime.datetime.now() -%}
  {%- set batch = sme._batch_step(site, 'SME_START_SAGEMAKER_AUTOPILOT_BATCH_PREDICTION', request) -%}
  {%- set name = batch.transform_job_name -%}
  {%- do sme._say('batch prediction ' ~ name ~ ' is ' ~ batch.status ~ ': ' ~ batch.row_count ~ ' rows, candidate ' ~ batch.candidate_name ~ ' of job ' ~ batch.job_name) -%}
  {%- set batch = sme._watch_batch(site, name, timeout, batch) -%}
  {%- if batch.status in ('Starting', 'InProgress') -%}
    {%- do sme._batch_step(site, 'SME_STOP_SAGEMAKER_AUTOPILOT_BATCH_PREDICTION', {'transform_job_name': name}) -%}
    {%- do sme._raise('E-SME-24', 'Batch prediction ' ~ name ~ ' was still ' ~ batch.status ~ ' after ' ~ timeout ~ ' s, the time limit of this wait, and has been stopped. Give a longer timeout, more instances or larger ones') -%}
  {%- elif batch.status != 'Completed' -%}
    {%- do sme._raise('E-SME-93', 'Batch prediction ' ~ name ~ ' is ' ~ batch.status ~ ': ' ~ (batch.failure_reason or 'AWS gives no reason') ~ '. Nothing is left of it. Mend the cause and predict again') -%}
  {%- endif -%}
  {%- set batch = sme._batch_step(site, 'SME_FETCH_SAGEMAKER_AUTOPILOT_BATCH_PREDICTION', {'transform_job_name': name}) -%}
  {%- set elapsed = (modules.datetime.datetime.now() - started).total_seconds() | round | int -%}
  {%- do sme._say('batch prediction ' ~ name ~ ' is ' ~ batch.status ~ ': ' ~ batch.row_count ~ ' rows in ' ~ batch.result_schema ~ '.' ~ batch.result_table ~ ' after ' ~ elapsed ~ ' s') -%}
  {%- do return(name) -%}
{% endmacro %}

{#- One of the scripts of batch predictions; gives its row. -#}
{% macro _batch_step(site, script, request) %}
  {%- set call = sme._script_call(site.schema, script, [tojson(request)]) -%}
  {%- do return(sme._first_row(sme._execute_plan([{'name': script, 'sql': call}], quiet=true))) -%}
{% endmacro %}

{#- Waits while AWS works on a batch prediction, a line for each change. Gives its last row. -#}
{% macro _watch_batch(site, name, timeout, known) %}
  {%- set batch = namespace(row=known) -%}
  {%- set started = modules.datetime.datetime.now() -%}
  {%- for attempt in range(100000) -%}
    {%- set left = timeout - (modules.datetime.datetime.now() - started).total_seconds() -%}
    {%- if batch.row.status not in ('Starting', 'InProgress', 'Stopping') or left <= 0 -%}{%- break -%}{%- endif -%}
    {%- set before = batch.row.status -%}
    {%- set batch.row = sme._batch_step(site, 'SME_WAIT_SAGEMAKER_AUTOPILOT_BATCH_PREDICTION', {'transform_job_name': name, 'seconds': [left, 10] | min | round(0, 'ceil') | int}) -%}
    {%- if batch.row.status != before -%}
      {%- do sme._say('batch prediction ' ~ name ~ ' is ' ~ batch.row.status ~ ' after ' ~ (modules.datetime.datetime.now() - started).total_seconds() | round | int ~ ' s') -%}
    {%- endif -%}
  {%- endfor -%}
  {%- do return(batch.row) -%}
{% endmacro %}
