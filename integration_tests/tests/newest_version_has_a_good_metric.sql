-- A gate: returns the newest version that is trained if its objective is too low to be served.
select version, best_metric_name, best_metric_value
from {{ ref('breast_cancer_model') }}
where version = (select max(version) from {{ ref('breast_cancer_model') }} where status = 'Completed')
  and best_metric_value < 0.9
