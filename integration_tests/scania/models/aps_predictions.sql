-- The trucks of the test, with a decision for each, beside what was true.
select
    predicted.truck_id,
    predicted.predictions,
    predicted.probability_pos,
    predicted.decision,
    trucks.class
from {{ sme.predict(ref('aps_endpoint'), source('trucks', 'test'), keys=['truck_id'],
    probability_columns=['neg', 'pos'], positive='pos', threshold=ref('aps_threshold')) }} predicted
join {{ source('trucks', 'test') }} trucks
    on trucks.truck_id = predicted.truck_id
