-- The endpoint as a node: serves the newest version of the model that has passed its tests. It is
-- ephemeral: on-run-end in dbt_project.yml deletes it.
{{ config(
    materialized='autopilot_endpoint',
    meta={'sme': {'endpoint_name': 'BreastCancer', 'lifetime': 'ephemeral'}}
) }}

select * from {{ ref('breast_cancer_model') }}
