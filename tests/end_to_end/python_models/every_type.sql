select
    9007199254740993 as id,
    cast(123456789012345678901 as decimal(36, 0)) as wide,
    cast(12.50 as decimal(18, 2)) as amount,
    cast(0.1 as double) as score,
    true as paid,
    date '2024-02-29' as born,
    cast('2024-02-29 01:02:03.004005' as timestamp(6)) as moment,
    cast('ann' as varchar(20)) as title,
    cast('x' as varchar(20)) as "mixed Case"
union all
select 2, null, null, null, null, null, null, null, null
