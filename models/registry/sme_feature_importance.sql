{{ config(materialized='view') }}

select
    "JOB_NAME" as job_name,
    "CANDIDATE_NAME" as candidate_name,
    "LABEL" as label,
    "FEATURE_NAME" as feature_name,
    "IMPORTANCE" as importance,
    "IMPORTANCE_RANK" as importance_rank,
    "UPDATED_AT" as updated_at
from {{ source('sme', 'SME_METADATA_AUTOPILOT_FEATURE_IMPORTANCE') }}
