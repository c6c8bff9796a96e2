-- depends_on: {{ ref('aps_validation') }}
{{ config(
    materialized='autopilot_model',
    meta={'sme': {
        'target': 'class',
        'keys': ['truck_id'],
        'problem_type': 'BinaryClassification',
        'objective': 'AUC',
        'max_candidates': 2,
        'validation_relation': 'aps_validation',
    }}
) }}

select * from {{ ref('aps_training') }}
