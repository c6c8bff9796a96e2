-- What the model says of the validation trucks, beside what was true.
select
    predicted.truck_id,
    predicted.probability_pos,
    trucks.class
from {{ sme.predict(ref('aps_endpoint'), ref('aps_validation'), keys=['truck_id'],
    probability_columns=['neg', 'pos']) }} predicted
join {{ ref('aps_validation') }} trucks
    on trucks.truck_id = predicted.truck_id
