{% macro decide(relation, positive=none, threshold=none, costs=none, probability_columns=none) %}
  {%- if not execute -%}{%- do return('(select * from ' ~ relation ~ ')') -%}{%- endif -%}
  {%- do sme._require('decide', {'relation': relation}) -%}
  {%- set wanted = sme._wanted_decision('decide', positive, threshold, costs, probability_columns) -%}
  {%- if wanted.every_label -%}
    {%- do sme._raise('E-SME-130', 'sme.decide does not know the labels: give them, as in probability_columns=[...]') -%}
  {%- endif -%}
  {%- do return(sme._decided('(SELECT * FROM ' ~ relation ~ ')', wanted)) -%}
{% endmacro %}
