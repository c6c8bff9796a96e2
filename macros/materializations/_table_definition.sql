{#- Columns, keys and distribution of a table that a script makes, as the properties file and the
    options of dbt-exasol have them. -#}

{#- The columns with a type of their own; with a contract all of them. -#}
{% macro _declared_columns(has_contract) %}
  {% set columns = [] %}
  {% for column in model.columns.values() if has_contract or column.data_type %}
    {% do columns.append(sme._given({
      'name': column.name if column.quote else sme._folded(column.name),
      'type': column.data_type,
      'not_null': true if has_contract and sme._has_constraint(column, 'not_null') else none,
    })) %}
  {% endfor %}
  {% do return(columns) %}
{% endmacro %}

{% macro _has_constraint(column, type) %}
  {% do return(column.constraints | selectattr('type', 'equalto', type) | list | length > 0) %}
{% endmacro %}

{#- What ALTER TABLE does to the table while it is empty. -#}
{% macro _table_clauses(has_contract) %}
  {% set clauses = [] %}
  {% if config.get('partition_by_config') %}
    {% do clauses.append('PARTITION BY ' ~ sme._identifiers(config.get('partition_by_config'))) %}
  {% endif %}
  {% if config.get('distribute_by_config') %}
    {% do clauses.append('DISTRIBUTE BY ' ~ sme._identifiers(config.get('distribute_by_config'))) %}
  {% endif %}
  {% set keys = sme._primary_key(has_contract) %}
  {% if keys %}
    {% do clauses.append('ADD CONSTRAINT ' ~ sme._identifier(sme._folded(this.identifier ~ '__PK')) ~ ' PRIMARY KEY (' ~ sme._identifiers(keys) ~ ')') %}
  {% endif %}
  {% do return(clauses) %}
{% endmacro %}

{#- The columns of the primary key: of the config, else of the contract. -#}
{% macro _primary_key(has_contract) %}
  {% if config.get('primary_key_config') or not has_contract %}
    {% do return(config.get('primary_key_config')) %}
  {% endif %}
  {% for constraint in model.constraints if constraint.type == 'primary_key' %}
    {% do return(constraint.columns) %}
  {% endfor %}
  {% set keys = [] %}
  {% for column in model.columns.values() if sme._has_constraint(column, 'primary_key') %}
    {% do keys.append(column.name) %}
  {% endfor %}
  {% do return(keys) %}
{% endmacro %}

{#- A list of identifiers, also of a single name. -#}
{% macro _identifiers(names) %}
  {% set quoted = [] %}
  {% for name in sme._all_folded(names) %}
    {% do quoted.append(sme._identifier(name)) %}
  {% endfor %}
  {% do return(quoted | join(', ')) %}
{% endmacro %}
