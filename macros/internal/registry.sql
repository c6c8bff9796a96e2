{#- The registry: its tables, and reading them. The Lua scripts write them. -#}

{#- Name, type and whether required of every column. The first sixteen are the predecessor's. -#}
{% macro _registry_tables() %}
  {% do return({
    'SME_METADATA_AUTOPILOT_JOBS': [
      ('DATETIME', 'TIMESTAMP NOT NULL'),
      ('JOB_NAME', 'VARCHAR(100) PRIMARY KEY'),
      ('AWS_CREDENTIALS_CONNECTION_NAME', 'VARCHAR(200) NOT NULL'),
      ('IAM_SAGEMAKER_ROLE', 'VARCHAR(2000) NOT NULL'),
      ('S3_BUCKET_URI', 'VARCHAR(2000) NOT NULL'),
      ('S3_OUTPUT_PATH', 'VARCHAR(2000) NOT NULL'),
      ('TARGET_ATTRIBUTE_NAME', 'VARCHAR(200) NOT NULL'),
      ('PROBLEM_TYPE', 'VARCHAR(100)'),
      ('OBJECTIVE', 'VARCHAR(200)'),
      ('MAX_RUNTIME_FOR_AUTOML_JOB_IN_SECONDS', 'DECIMAL(18,0)'),
      ('MAX_CANDIDATES', 'DECIMAL(18,0)'),
      ('MAX_RUNTIME_PER_TRAINING_JOB_IN_SECONDS', 'DECIMAL(18,0)'),
      ('SESSION_ID', 'DECIMAL(20,0) NOT NULL'),
      ('SCRIPT_USER', 'VARCHAR(200) NOT NULL'),
      ('COLUMN_NAMES', 'VARCHAR(2000000) NOT NULL'),
      ('COLUMN_TYPES', 'VARCHAR(2000000) NOT NULL'),
      ('STATUS', 'VARCHAR(50)'),
      ('SECONDARY_STATUS', 'VARCHAR(50)'),
      ('FAILURE_REASON', 'VARCHAR(2000)'),
      ('COLUMNS', 'VARCHAR(2000000)'),
      ('INPUT_SCHEMA', 'VARCHAR(200)'),
      ('INPUT_RELATION', 'VARCHAR(200)'),
      ('ROW_COUNT', 'DECIMAL(18,0)'),
      ('AWS_REGION', 'VARCHAR(50)'),
      ('S3_PREFIX', 'VARCHAR(2000)'),
      ('BEST_CANDIDATE', 'VARCHAR(200)'),
      ('BEST_METRIC_NAME', 'VARCHAR(100)'),
      ('BEST_METRIC_VALUE', 'DOUBLE'),
      ('RESOLVED_PROBLEM_TYPE', 'VARCHAR(100)'),
      ('UPDATED_AT', 'TIMESTAMP'),
      ('MODEL_NAME', 'VARCHAR(100)'),
      ('VERSION', 'DECIMAL(18,0)'),
      ('INPUT_QUERY', 'VARCHAR(2000000)'),
      ('KEY_COLUMNS', 'VARCHAR(2000000)'),
      ('SETTINGS', 'VARCHAR(2000000)'),
      ('DBT_INVOCATION_ID', 'VARCHAR(100)'),
      ('ENDED_AT_UTC', 'TIMESTAMP'),
      ('PROMOTED_AT', 'TIMESTAMP'),
      ('TARGET_LABELS', 'VARCHAR(2000000)'),
    ],
    'SME_METADATA_AUTOPILOT_MODELS': [
      ('MODEL_NAME', 'VARCHAR(100) PRIMARY KEY'),
      ('PROMOTED_VERSION', 'DECIMAL(18,0)'),
      ('PROMOTIONS', 'VARCHAR(2000000)'),
      ('PROMOTED_BY', 'VARCHAR(200)'),
      ('PROMOTED_AT', 'TIMESTAMP'),
      ('UPDATED_AT', 'TIMESTAMP'),
    ],
    'SME_METADATA_AUTOPILOT_ENDPOINTS': [
      ('ENDPOINT_NAME', 'VARCHAR(100) PRIMARY KEY'),
      ('JOB_NAME', 'VARCHAR(100)'),
      ('CANDIDATE_NAME', 'VARCHAR(200)'),
      ('UDF_SCHEMA', 'VARCHAR(200)'),
      ('AWS_CREDENTIALS_CONNECTION_NAME', 'VARCHAR(200)'),
      ('AWS_REGION', 'VARCHAR(50)'),
      ('INSTANCE_TYPE', 'VARCHAR(100)'),
      ('INSTANCE_COUNT', 'DECIMAL(18,0)'),
      ('MODEL_NAME', 'VARCHAR(100)'),
      ('ENDPOINT_CONFIG_NAME', 'VARCHAR(100)'),
      ('PROBLEM_TYPE', 'VARCHAR(100)'),
      ('TARGET_ATTRIBUTE_NAME', 'VARCHAR(200)'),
      ('COLUMNS', 'VARCHAR(2000000)'),
      ('STATUS', 'VARCHAR(50)'),
      ('FAILURE_REASON', 'VARCHAR(2000)'),
      ('SCRIPT_USER', 'VARCHAR(200)'),
      ('CREATED_AT', 'TIMESTAMP'),
      ('UPDATED_AT', 'TIMESTAMP'),
      ('VERSION', 'DECIMAL(18,0)'),
      ('SAGEMAKER_MODEL_NAME', 'VARCHAR(100)'),
      ('MIN_INSTANCE_COUNT', 'DECIMAL(18,0)'),
      ('MAX_INSTANCE_COUNT', 'DECIMAL(18,0)'),
      ('TARGET_INVOCATIONS_PER_INSTANCE', 'DECIMAL(18,0)'),
      ('SERVERLESS_MEMORY_MB', 'DECIMAL(18,0)'),
      ('SERVERLESS_MAX_CONCURRENCY', 'DECIMAL(18,0)'),
      ('EXPIRES_AT', 'TIMESTAMP'),
      ('TAGS', 'VARCHAR(2000000)'),
      ('PENDING', 'VARCHAR(2000000)'),
      ('DBT_INVOCATION_ID', 'VARCHAR(100)'),
    ],
    'SME_METADATA_AUTOPILOT_RUNNING_ENDPOINTS': [
      ('AWS_CREDENTIALS_CONNECTION_NAME', 'VARCHAR(200)'),
      ('AWS_REGION', 'VARCHAR(50)'),
      ('ENDPOINT_NAME', 'VARCHAR(100)'),
      ('STATUS', 'VARCHAR(50)'),
      ('KNOWN_TO', 'VARCHAR(20)'),
      ('IS_CHARGED', 'BOOLEAN'),
      ('INSTANCE_TYPE', 'VARCHAR(100)'),
      ('CURRENT_INSTANCES', 'DECIMAL(18,0)'),
      ('DESIRED_INSTANCES', 'DECIMAL(18,0)'),
      ('MIN_INSTANCES', 'DECIMAL(18,0)'),
      ('MAX_INSTANCES', 'DECIMAL(18,0)'),
      ('SERVERLESS_MEMORY_MB', 'DECIMAL(18,0)'),
      ('SERVERLESS_MAX_CONCURRENCY', 'DECIMAL(18,0)'),
      ('JOB_NAME', 'VARCHAR(256)'),
      ('CANDIDATE_NAME', 'VARCHAR(200)'),
      ('MODEL_NAME', 'VARCHAR(256)'),
      ('VERSION', 'DECIMAL(18,0)'),
      ('ASKED_BY', 'VARCHAR(200)'),
      ('REGISTRY_SCHEMA', 'VARCHAR(256)'),
      ('UDF_SCHEMA', 'VARCHAR(200)'),
      ('DBT_INVOCATION_ID', 'VARCHAR(100)'),
      ('UPDATING_TO', 'VARCHAR(200)'),
      ('FAILURE_REASON', 'VARCHAR(2000)'),
      ('CREATED_AT_UTC', 'TIMESTAMP'),
      ('EXPIRES_AT_UTC', 'TIMESTAMP'),
      ('IS_EXPIRED', 'BOOLEAN'),
      ('TAGS', 'VARCHAR(2000000)'),
      ('LISTED_AT', 'TIMESTAMP'),
    ],
    'SME_METADATA_AUTOPILOT_TRANSFORM_JOBS': [
      ('TRANSFORM_JOB_NAME', 'VARCHAR(100) PRIMARY KEY'),
      ('JOB_NAME', 'VARCHAR(100)'),
      ('CANDIDATE_NAME', 'VARCHAR(200)'),
      ('RESULT_SCHEMA', 'VARCHAR(200)'),
      ('RESULT_TABLE', 'VARCHAR(200)'),
      ('INPUT_RELATION', 'VARCHAR(500)'),
      ('KEY_COLUMNS', 'VARCHAR(2000000)'),
      ('HAS_KEYS', 'BOOLEAN'),
      ('ROW_COUNT', 'DECIMAL(18,0)'),
      ('FIELD_COUNT', 'DECIMAL(18,0)'),
      ('PROBLEM_TYPE', 'VARCHAR(100)'),
      ('TARGET_TYPE', 'VARCHAR(100)'),
      ('RESPONSE_KEYS', 'VARCHAR(200)'),
      ('AWS_CREDENTIALS_CONNECTION_NAME', 'VARCHAR(200)'),
      ('S3_CONNECTION_NAME', 'VARCHAR(200)'),
      ('AWS_REGION', 'VARCHAR(50)'),
      ('S3_BUCKET', 'VARCHAR(200)'),
      ('S3_PREFIX', 'VARCHAR(2000)'),
      ('INSTANCE_TYPE', 'VARCHAR(100)'),
      ('INSTANCE_COUNT', 'DECIMAL(18,0)'),
      ('STATUS', 'VARCHAR(50)'),
      ('FAILURE_REASON', 'VARCHAR(2000)'),
      ('SESSION_ID', 'DECIMAL(20,0)'),
      ('SCRIPT_USER', 'VARCHAR(200)'),
      ('CREATED_AT', 'TIMESTAMP'),
      ('UPDATED_AT', 'TIMESTAMP'),
      ('CLEANED_AT', 'TIMESTAMP'),
    ],
    'SME_METADATA_AUTOPILOT_CANDIDATES': [
      ('JOB_NAME', 'VARCHAR(100) NOT NULL'),
      ('CANDIDATE_NAME', 'VARCHAR(200) NOT NULL'),
      ('CANDIDATE_STATUS', 'VARCHAR(50)'),
      ('FAILURE_REASON', 'VARCHAR(2000)'),
      ('IS_BEST', 'BOOLEAN'),
      ('METRIC_NAME', 'VARCHAR(100)'),
      ('METRIC_TYPE', 'VARCHAR(20)'),
      ('METRIC_VALUE', 'DOUBLE'),
      ('METRICS', 'VARCHAR(2000000)'),
      ('EXPLAINABILITY_URI', 'VARCHAR(2000)'),
      ('MODEL_INSIGHTS_URI', 'VARCHAR(2000)'),
      ('BACKTEST_RESULTS_URI', 'VARCHAR(2000)'),
      ('MODEL_URIS', 'VARCHAR(20000)'),
      ('TRAINING_SECONDS', 'DECIMAL(18,0)'),
      ('CREATED_AT_UTC', 'TIMESTAMP'),
      ('ENDED_AT_UTC', 'TIMESTAMP'),
      ('UPDATED_AT', 'TIMESTAMP'),
    ],
    'SME_METADATA_AUTOPILOT_CANDIDATE_METRICS': [
      ('JOB_NAME', 'VARCHAR(100) NOT NULL'),
      ('CANDIDATE_NAME', 'VARCHAR(200) NOT NULL'),
      ('METRIC_NAME', 'VARCHAR(100)'),
      ('DATA_SET', 'VARCHAR(50)'),
      ('METRIC_VALUE', 'DOUBLE'),
    ],
    'SME_METADATA_AUTOPILOT_FEATURE_IMPORTANCE': [
      ('JOB_NAME', 'VARCHAR(100) NOT NULL'),
      ('CANDIDATE_NAME', 'VARCHAR(200) NOT NULL'),
      ('LABEL', 'VARCHAR(200)'),
      ('FEATURE_NAME', 'VARCHAR(2000)'),
      ('IMPORTANCE', 'DOUBLE'),
      ('IMPORTANCE_RANK', 'DECIMAL(18,0)'),
      ('UPDATED_AT', 'TIMESTAMP'),
    ],
  }) %}
{% endmacro %}

{#- The statements that create what is missing: tables, or columns of tables that an earlier
    version or the predecessor made. `existing` maps a table's name to its column names. -#}
{% macro _registry_plan(schema, existing) %}
  {% set plan = [] %}
  {% for table, columns in sme._registry_tables().items() %}
    {% set name = sme._identifier(schema) ~ '.' ~ sme._identifier(table) %}
    {% if table not in existing %}
      {% set definitions = [] %}
      {% for column, type in columns %}
        {% do definitions.append(sme._identifier(column) ~ ' ' ~ type) %}
      {% endfor %}
      {% do plan.append({'name': 'table ' ~ table, 'sql': 'CREATE TABLE IF NOT EXISTS ' ~ name ~ ' (' ~ definitions | join(', ') ~ ')'}) %}
    {% else %}
      {% for column, type in columns if column not in existing[table] %}
        {% do plan.append({'name': 'column ' ~ table ~ '.' ~ column, 'sql': 'ALTER TABLE ' ~ name ~ ' ADD COLUMN ' ~ sme._identifier(column) ~ ' ' ~ type}) %}
      {% endfor %}
    {% endif %}
  {% endfor %}
  {% do return(plan) %}
{% endmacro %}

{#- Which registry tables the schema has, with their columns. -#}
{% macro _existing_registry(schema) %}
  {% set rows = run_query('SELECT COLUMN_TABLE, COLUMN_NAME FROM SYS.EXA_ALL_COLUMNS WHERE COLUMN_SCHEMA = ' ~ sme._literal(schema)) %}
  {% set existing = {} %}
  {% for row in rows.rows %}
    {% do existing.setdefault(row[0], []).append(row[1]) %}
  {% endfor %}
  {% do return(existing) %}
{% endmacro %}

{#- The names of all scripts in the schema. -#}
{% macro _installed_scripts(schema) %}
  {% do return(run_query('SELECT SCRIPT_NAME FROM SYS.EXA_ALL_SCRIPTS WHERE SCRIPT_SCHEMA = ' ~ sme._literal(schema)).columns[0].values() | list) %}
{% endmacro %}

{#- Raises E-SME-27 unless sme.install has been run in the schema, whose UDFs can run then. -#}
{% macro _require_installed(schema) %}
  {% do sme._activate_own_container() %}
  {% if 'SME_AUTOPILOT_REQUEST_UDF' not in sme._installed_scripts(schema) %}
    {% do sme._raise('E-SME-27', 'The scripts of sme are not in schema ' ~ schema ~ ', or you have no right to see them. Run: dbt run-operation sme.install --args ' ~ "'{schema: " ~ schema ~ "}'") %}
  {% endif %}
{% endmacro %}

{#- The registry row of an endpoint, or an empty dictionary. -#}
{% macro _endpoint_row(schema, endpoint_name) %}
  {% set rows = run_query('SELECT ENDPOINT_NAME, UDF_SCHEMA, STATUS, ENDPOINT_CONFIG_NAME, PROBLEM_TYPE, TARGET_ATTRIBUTE_NAME, "COLUMNS" FROM ' ~ sme._identifier(schema) ~ '.SME_METADATA_AUTOPILOT_ENDPOINTS WHERE UPPER(ENDPOINT_NAME) = UPPER(' ~ sme._literal(endpoint_name) ~ ')') %}
  {% do return(sme._first_row(rows)) %}
{% endmacro %}
