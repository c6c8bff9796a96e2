-- What the mistakes cost: 500 for a failure that was missed, 10 for a false alarm.
select
    predictions,
    false_positives,
    false_negatives,
    10 * false_positives + 500 * false_negatives as total_cost
from (
    select
        count(*) as predictions,
        count(case when decision = 'pos' and class = 'neg' then 1 end) as false_positives,
        count(case when decision = 'neg' and class = 'pos' then 1 end) as false_negatives
    from {{ ref('aps_predictions') }}
) counted
