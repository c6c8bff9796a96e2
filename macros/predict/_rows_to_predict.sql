{#- Where the rows to predict come from: the relation, or with new_keys_only in an incremental run
    its rows with keys that the table of the model does not have yet. Raises E-SME-124. -#}
{% macro _rows_to_predict(relation, keys, new_keys_only) %}
  {%- set relation = sme._none_if_empty(relation) -%}
  {%- if not new_keys_only -%}{%- do return(relation) -%}{%- endif -%}
  {%- if not keys -%}
    {%- do sme._raise('E-SME-124', 'new_keys_only needs keys: which rows are new is known by them') -%}
  {%- endif -%}
  {%- if not is_incremental() -%}{%- do return(relation) -%}{%- endif -%}
  {%- set known, same = adapter.get_columns_in_relation(this) | map(attribute='name') | list, [] -%}
  {%- for key in keys -%}
    {%- set name = sme._folded(key) -%}
    {%- if name not in known -%}
      {%- do sme._raise('E-SME-124', 'new_keys_only finds no column ' ~ name ~ ' in ' ~ this ~ '. Keep the keys in the model under their own names, or build it anew with --full-refresh') -%}
    {%- endif -%}
    {%- do same.append('predicted.' ~ sme._identifier(name) ~ ' = candidates.' ~ sme._identifier(name)) -%}
  {%- endfor -%}
  {%- do return(
    '(SELECT * FROM (SELECT * FROM ' ~ relation ~ ') candidates'
    ~ ' WHERE NOT EXISTS (SELECT 1 FROM ' ~ this ~ ' predicted WHERE ' ~ same | join(' AND ') ~ '))'
  ) -%}
{% endmacro %}

{#- A relation, with --empty without its rows: dbt limits refs and sources only, and a relation can
    also be named by a text. -#}
{% macro _none_if_empty(relation) %}
  {%- do return('(SELECT * FROM ' ~ relation ~ ' WHERE FALSE)' if flags.EMPTY else relation) -%}
{% endmacro %}
