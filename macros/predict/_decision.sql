{#- Probabilities as columns, and decisions: SQL around predictions with PROBABILITIES and LABELS.

    PREDICTIONS is the label with the highest probability. A decision weighs what a mistake costs:
    it is the positive label from a threshold of its probability on. -#}

{#- What a user asks for, checked: {columns, every_label, positive, threshold}. Columns are labels,
    threshold is SQL. Raises E-SME-130 and E-SME-132. -#}
{% macro _wanted_decision(operation, positive, threshold, costs, probability_columns) %}
  {%- if threshold is not none and costs is not none -%}
    {%- do sme._raise('E-SME-130', 'sme.' ~ operation ~ ' takes threshold or costs, not both: the threshold follows from the costs') -%}
  {%- elif (threshold is none and costs is none) != (positive is none) -%}
    {%- do sme._raise('E-SME-130', 'sme.' ~ operation ~ ' decides by positive (the label to detect) together with threshold or costs, but got ' ~ ('positive alone' if positive is not none else 'no positive')) -%}
  {%- endif -%}
  {%- set every_label = probability_columns is sameas true -%}
  {%- set limit = threshold if costs is none else sme._threshold_of(sme._costs(costs)) -%}
  {%- do return({
    'columns': sme._labels(probability_columns) if probability_columns and not every_label else [],
    'every_label': every_label,
    'positive': sme._label(positive) if positive is not none else none,
    'threshold': sme._threshold_sql(limit) if positive is not none else none,
  }) -%}
{% endmacro %}

{#- A label as the model writes it: Jinja and YAML read TRUE and 1 as something else than text. -#}
{% macro _label(value) %}
  {%- do return(value | string | upper if value is boolean else value | string) -%}
{% endmacro %}

{% macro _labels(values) %}
  {%- set labels = [] -%}
  {%- for value in ([values] if values is string else values) -%}
    {%- do labels.append(sme._label(value)) -%}
  {%- endfor -%}
  {%- do return(labels) -%}
{% endmacro %}

{#- A number from 0 to 1, or the column THRESHOLD of a relation that has one row. Raises E-SME-130. -#}
{% macro _threshold_sql(threshold) %}
  {%- set number = threshold | float(none) -%}
  {%- if number is none -%}
    {%- do return('(SELECT THRESHOLD FROM ' ~ threshold ~ ')') -%}
  {%- elif number < 0 or number > 1 -%}
    {%- do sme._raise('E-SME-130', 'threshold is ' ~ threshold ~ ', but a probability goes from 0 to 1') -%}
  {%- endif -%}
  {%- do return('CAST(' ~ number ~ ' AS DOUBLE)') -%}
{% endmacro %}

{#- What each mistake costs: {false_negative, false_positive}. Raises E-SME-132. -#}
{% macro _costs(costs) %}
  {%- if costs is not mapping or costs.keys() | sort != ['false_negative', 'false_positive'] -%}
    {%- do sme._raise('E-SME-132', 'costs is ' ~ costs ~ ', but needs false_negative (what a missed positive costs) and false_positive (what a false alarm costs)') -%}
  {%- endif -%}
  {%- for name, cost in costs.items() if cost is not number or cost < 0 or costs.values() | sum == 0 -%}
    {%- do sme._raise('E-SME-132', name ~ ' costs ' ~ cost ~ ', but costs are numbers from 0 on, and not both of them 0') -%}
  {%- endfor -%}
  {%- do return(costs) -%}
{% endmacro %}

{#- From which probability on an alarm costs less than none, if probabilities are right:
    p * false_negative = (1 - p) * false_positive. -#}
{% macro _threshold_of(costs) %}
  {%- do return(costs.false_positive / (costs.false_positive + costs.false_negative)) -%}
{% endmacro %}

{#- Whether anything is wanted beside the predictions themselves. -#}
{% macro _is_decided(wanted) %}
  {%- do return(wanted.columns or wanted.every_label or wanted.positive is not none) -%}
{% endmacro %}

{#- What is wanted of a model, with what the registry knows of its target (see _target_of): how many
    classes it has, and its type. `title` names what predicts. Raises E-SME-130 and E-SME-131. -#}
{% macro _decision_of(operation, title, target, keys, wanted) %}
  {%- if not sme._is_decided(wanted) -%}{%- do return(wanted) -%}{%- endif -%}
  {%- if not keys -%}
    {%- do sme._raise('E-SME-130', 'sme.' ~ operation ~ ' gives probabilities of labels and decisions beside keys only: name the key columns in keys') -%}
  {%- elif target.problem_type == 'Regression' -%}
    {%- do sme._raise('E-SME-130', title ~ ' predicts numbers, so there are no labels to give probabilities of or to decide on') -%}
  {%- elif wanted.positive is not none and target.problem_type not in ('BinaryClassification', none) -%}
    {%- do sme._raise('E-SME-130', 'A decision is between two labels, but ' ~ title ~ ' is of problem type ' ~ target.problem_type) -%}
  {%- elif wanted.every_label and not target.labels -%}
    {%- do sme._raise('E-SME-130', 'The registry does not hold the labels of ' ~ title ~ ': give them, as in probability_columns=[...]') -%}
  {%- endif -%}
  {%- for label in wanted.columns + [wanted.positive] if target.labels and label is not none and label not in target.labels -%}
    {%- do sme._raise('E-SME-131', title ~ ' has no label ' ~ label ~ '. Its labels are ' ~ target.labels | join(', ')) -%}
  {%- endfor -%}
  {%- do return(dict(wanted,
    columns=target.labels if wanted.every_label else wanted.columns,
    class_count=target.labels | length,
    type=target.type
  )) -%}
{% endmacro %}

{#- The names of the columns that are added, in their order. -#}
{% macro _decision_columns(wanted) %}
  {%- set names = [] -%}
  {%- for label in wanted.columns -%}
    {%- do names.append(sme._free_name('PROBABILITY_' ~ modules.re.sub('\\W+', '_', label | upper), names)) -%}
  {%- endfor -%}
  {%- do return(names + (['DECISION'] if wanted.positive is not none else [])) -%}
{% endmacro %}

{#- A query in parentheses, with what is wanted as further columns. -#}
{% macro _decided(query, wanted) %}
  {%- set names, values = sme._decision_columns(wanted), [] -%}
  {%- if not names -%}{%- do return(query) -%}{%- endif -%}
  {%- for label in wanted.columns -%}
    {%- set probability = sme._probability_of(label, [wanted.class_count or wanted.columns | length, 2] | max) -%}
    {%- do values.append(probability ~ ' AS ' ~ sme._identifier(names[loop.index0])) -%}
  {%- endfor -%}
  {%- if wanted.positive is not none -%}
    {%- do values.append(sme._decision_sql(wanted) ~ ' AS DECISION') -%}
  {%- endif -%}
(
    SELECT
        predicted.*,
        {{ values | join(',\n        ') }}
    FROM {{ query }} predicted
)
{%- endmacro %}

{#- The probability of a label. PROBABILITY is that of the predicted one, so it is looked up: the
    model answers with all its labels, and with the probabilities in the same order. A label that
    is not there fails with an error that says what is. -#}
{% macro _probability_of(label, class_count) %}
  {%- set error = 'CAST(' ~ sme._literal('E-SME-131: ' ~ label ~ ' is to be one of ' ~ class_count ~ ' labels, but the labels of the model are ') ~ ' || LABELS AS DOUBLE)' -%}
  {%- set cases = ['LABELS IS NULL THEN NULL', sme._label_at(class_count) ~ ' IS NOT NULL THEN ' ~ error] -%}
  {%- for place in range(class_count) -%}
    {%- do cases.append(sme._label_at(place) ~ ' = ' ~ sme._literal(label) ~ " THEN JSON_VALUE(PROBABILITIES, '$[" ~ place ~ "]' RETURNING DOUBLE)") -%}
  {%- endfor -%}
  {%- do return('CASE WHEN ' ~ cases | join(' WHEN ') ~ ' ELSE ' ~ error ~ ' END') -%}
{% endmacro %}

{% macro _label_at(place) %}
  {%- do return("JSON_VALUE(LABELS, '$[" ~ place ~ "]')") -%}
{% endmacro %}

{#- The positive label from the threshold on, else the other one. NULL where a row has no
    probability, or where there is no threshold. -#}
{% macro _decision_sql(wanted) %}
  {%- set probability, positive = sme._probability_of(wanted.positive, 2), sme._literal(wanted.positive) -%}
  {%- set other = 'CASE WHEN ' ~ sme._label_at(0) ~ ' = ' ~ positive ~ ' THEN ' ~ sme._label_at(1) ~ ' ELSE ' ~ sme._label_at(0) ~ ' END' -%}
  {%- set decision = 'CASE WHEN ' ~ probability ~ ' >= ' ~ wanted.threshold ~ ' THEN ' ~ positive ~ ' WHEN ' ~ probability ~ ' < ' ~ wanted.threshold ~ ' THEN ' ~ other ~ ' END' -%}
  {%- do return('CAST(' ~ decision ~ ' AS ' ~ (wanted.type or 'VARCHAR(2000000)') ~ ')') -%}
{% endmacro %}
