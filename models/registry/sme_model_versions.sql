{{ config(materialized='view') }}

with versions as (
    select * from {{ ref('sme_jobs') }} where model_name is not null
),

models as (
    select
        "MODEL_NAME" as model_name,
        "PROMOTED_VERSION" as promoted_version
    from {{ source('sme', 'SME_METADATA_AUTOPILOT_MODELS') }}
),

newest as (
    select
        model_name,
        max(model_version) as model_version
    from versions
    group by model_name
)

select
    versions.model_name,
    versions.model_version,
    versions.job_name,
    versions.job_status,
    versions.metric_name,
    versions.metric_value,
    versions.best_candidate,
    coalesce(versions.model_version = models.promoted_version, false) as is_promoted,
    versions.model_version = newest.model_version as is_newest,
    versions.started_at
from versions
join newest
    on newest.model_name = versions.model_name
left join models
    on models.model_name = versions.model_name
