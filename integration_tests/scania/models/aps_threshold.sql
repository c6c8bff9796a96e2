-- The threshold whose decisions would have cost least on the validation trucks.
select * from {{ sme.best_threshold(ref('aps_validated'), 'class', 'probability_pos', 'pos',
    costs={'false_negative': 500, 'false_positive': 10}) }}
