select 1 as id, 1 as customer_id, cast(12.50 as decimal(9, 2)) as total
union all
select 2, 1, 100
