{{ config(materialized='view') }}

select
    "JOB_NAME" as job_name,
    "CANDIDATE_NAME" as candidate_name,
    "METRIC_NAME" as metric_name,
    "DATA_SET" as data_set,
    "METRIC_VALUE" as metric_value
from {{ source('sme', 'SME_METADATA_AUTOPILOT_CANDIDATE_METRICS') }}
