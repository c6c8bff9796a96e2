{{ config(materialized='view') }}

select
    "JOB_NAME" as job_name,
    "MODEL_NAME" as model_name,
    "VERSION" as model_version,
    "STATUS" as job_status,
    "SECONDARY_STATUS" as secondary_status,
    "FAILURE_REASON" as failure_reason,
    coalesce("RESOLVED_PROBLEM_TYPE", "PROBLEM_TYPE") as problem_type,
    "TARGET_ATTRIBUTE_NAME" as target_name,
    "BEST_CANDIDATE" as best_candidate,
    "BEST_METRIC_NAME" as metric_name,
    "BEST_METRIC_VALUE" as metric_value,
    "INPUT_SCHEMA" as input_schema,
    "INPUT_RELATION" as input_relation,
    "ROW_COUNT" as input_rows,
    "S3_PREFIX" as s3_prefix,
    "AWS_CREDENTIALS_CONNECTION_NAME" as connection_name,
    "AWS_REGION" as aws_region,
    "SCRIPT_USER" as started_by,
    "DATETIME" as started_at,
    "UPDATED_AT" as updated_at
from {{ source('sme', 'SME_METADATA_AUTOPILOT_JOBS') }}
