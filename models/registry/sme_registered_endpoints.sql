{{ config(materialized='view') }}

select
    "ENDPOINT_NAME" as endpoint_name,
    "JOB_NAME" as job_name,
    "CANDIDATE_NAME" as candidate_name,
    "STATUS" as endpoint_status,
    "FAILURE_REASON" as failure_reason,
    "INSTANCE_TYPE" as instance_type,
    "INSTANCE_COUNT" as instance_count,
    "PROBLEM_TYPE" as problem_type,
    "TARGET_ATTRIBUTE_NAME" as target_name,
    "UDF_SCHEMA" as udf_schema,
    "AWS_CREDENTIALS_CONNECTION_NAME" as connection_name,
    "AWS_REGION" as aws_region,
    "SCRIPT_USER" as deployed_by,
    "CREATED_AT" as created_at,
    "UPDATED_AT" as updated_at
from {{ source('sme', 'SME_METADATA_AUTOPILOT_ENDPOINTS') }}
