-- Returns the accuracy if it is too low (or there is none).
select accuracy
from {{ ref('breast_cancer_accuracy') }}
where accuracy is null or accuracy < 0.93
