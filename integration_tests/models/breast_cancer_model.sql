-- The model as a node. This query is the training set: building the node trains the next version
-- when the query or a setting has changed, and else says why it does not.
{{ config(
    materialized='autopilot_model',
    meta={'sme': {'model_name': 'BreastCancer', 'target': 'diagnosis', 'max_candidates': 2}}
) }}

select * from {{ ref('breast_cancer_training') }}
