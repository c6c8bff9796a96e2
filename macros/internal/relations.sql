{#- The relation that a user means: a Relation as ref() gives it, the name of a model, seed,
    snapshot or source table of the project, or schema.table. Gives {schema, name}. -#}
{% macro _resolve_relation(relation) %}
  {% if relation is not string %}
    {% do return({'schema': sme._folded(relation.schema), 'name': sme._folded(relation.identifier)}) %}
  {% endif %}
  {% for node in graph.nodes.values() | list + graph.sources.values() | list %}
    {% if node.name == relation and node.resource_type in ('model', 'seed', 'snapshot', 'source') %}
      {% do return({'schema': sme._folded(node.schema), 'name': sme._folded(node.alias or node.identifier or node.name)}) %}
    {% endif %}
  {% endfor %}
  {% set parts = modules.re.findall('"(?:[^"]|"")*"|[^."]+', relation) %}
  {% if parts | length > 1 %}
    {% do return({'schema': sme._folded(parts[-2]), 'name': sme._folded(parts[-1])}) %}
  {% endif %}
  {% do return({'schema': sme._folded(target.schema), 'name': sme._folded(relation)}) %}
{% endmacro %}
