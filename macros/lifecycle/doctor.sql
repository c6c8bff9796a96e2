{% macro doctor(
    endpoint_name=none, instance_type=none, schema=none, connection=none, s3_connection=none,
    region=none, role=none, bucket=none, output_path=none
) %}
  {% if not sme._may_run('doctor') %}{% do return('') %}{% endif %}
  {% set site = sme._site('doctor', {}, schema, connection, region) %}
  {% set checks = sme._check_setup(site, endpoint_name, instance_type, s3_connection, role, bucket, output_path) %}
  {% for check in checks %}
    {% do sme._say(check.result ~ '  ' ~ check.check_name ~ ': ' ~ check.message) %}
  {% endfor %}
  {% set failed = checks | selectattr('result', 'equalto', 'failed') | map(attribute='check_name') | list %}
  {% if failed %}
    {% do sme._raise('E-SME-159', 'The set-up is not in order: ' ~ failed | join(', ') ~ '. Each line above says what is wrong and what helps') %}
  {% endif %}
{% endmacro %}

{#- The road from the database to AWS, a row {check_name, result, message} for each part of it. -#}
{% macro _check_setup(site, endpoint_name, instance_type, s3_connection, role, bucket, output_path) %}
  {% set request = sme._given({
    'aws_credentials_connection_name': site.connection,
    's3_connection_name': sme._setting('s3_connection', s3_connection),
    'aws_region': site.region,
    'iam_sagemaker_role': sme._setting('role', role),
    's3_bucket_uri': sme._setting('bucket', bucket),
    's3_output_path': sme._setting('output_path', output_path),
    'instance_type': instance_type,
    'endpoint_name': endpoint_name,
  }) %}
  {% set plan = [{'name': 'doctor', 'sql': sme._script_call(site.schema, 'SME_CHECK_SETUP', [tojson(request)])}] %}
  {% do return(sme._rows(sme._execute_plan(plan, quiet=true))) %}
{% endmacro %}
