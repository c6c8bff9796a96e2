select
    count(*) as predictions,
    sum(case when predicted_diagnosis = diagnosis then 1 else 0 end) as correct,
    sum(case when predicted_diagnosis = diagnosis then 1 else 0 end) / nullif(count(*), 0) as accuracy
from {{ ref('breast_cancer_predictions') }}
