-- The held-out patients, with what the model says beside what the doctors found.
with predicted as (
    select * from {{ sme.predict(ref('breast_cancer_endpoint'), ref('breast_cancer_test'), keys=['patient_id']) }}
),

patients as (
    select * from {{ ref('breast_cancer_test') }}
)

select
    predicted.patient_id,
    predicted.predictions as predicted_diagnosis,
    predicted.probability,
    patients.diagnosis
from predicted
join patients
    on patients.patient_id = predicted.patient_id
