select patients.patient_id
from {{ ref('breast_cancer_test') }} patients
left join {{ ref('breast_cancer_predictions') }} predicted
    on predicted.patient_id = patients.patient_id
where predicted.patient_id is null
