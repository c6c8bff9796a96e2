{{ config(
    materialized='autopilot_endpoint',
    meta={'sme': {'endpoint_name': 'APSPredictor', 'lifetime': 'ephemeral'}}
) }}

select * from {{ ref('aps_model') }}
