-- Trains a model on breast_cancer_training and puts it into service: after this node the
-- endpoint answers. The table records which job it came from.
{{ config(pre_hook=[
    "{{ sme.delete_endpoint(endpoint_name='BreastCancer') }}",
    "{{ sme.train(job_name=breast_cancer_job(), relation='breast_cancer_training', target='DIAGNOSIS', max_candidates=2) }}",
    "{{ sme.wait(job_name=breast_cancer_job()) }}",
    "{{ sme.deploy_endpoint(job_name=breast_cancer_job(), endpoint_name='BreastCancer', instance_type='ml.m5.large', instance_count=1) }}"
]) }}

select
    'BreastCancer' as endpoint_name,
    '{{ breast_cancer_job() }}' as job_name,
    count(*) as training_rows
from {{ ref('breast_cancer_training') }}
