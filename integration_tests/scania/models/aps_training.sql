-- Four of five trucks to learn from. The fifth is for choosing a model and a threshold.
select * from {{ source('trucks', 'train') }}
where mod(truck_id, 5) <> 0
