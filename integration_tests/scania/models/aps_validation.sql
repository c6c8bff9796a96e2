-- Trucks that no model learns from, to choose a model and a threshold by.
select * from {{ source('trucks', 'train') }}
where mod(truck_id, 5) = 0
