{#- What dbt knows of the nodes that are models and endpoints: found by their Relation, as ref()
    gives it, so that lineage holds. -#}

{#- The settings of a node: what stands in its config under meta: sme. -#}
{% macro _node_settings(node) %}
  {% do return(node.config.get('meta', {}).get('sme', {})) %}
{% endmacro %}

{#- The node of that materialization whose Relation it is, or none. With --defer, the Relation
    lies in the schema of another target, so the schema only decides between several. -#}
{% macro _node_of(relation, materialization) %}
  {% set found = namespace(node=none) %}
  {% for node in graph.nodes.values() if node.config.materialized == materialization and node.alias | upper == relation.identifier | upper %}
    {% if found.node is none or node.schema | upper == relation.schema | upper %}
      {% set found.node = node %}
    {% endif %}
  {% endfor %}
  {% do return(found.node) %}
{% endmacro %}

{#- As _node_of. Raises E-SME-121. -#}
{% macro _required_node_of(relation, materialization, what) %}
  {% set node = sme._node_of(relation, materialization) %}
  {% if node is none %}
    {% do sme._raise('E-SME-121', relation.schema ~ '.' ~ relation.identifier ~ ' is no relation of a model of this project with materialized=' ~ sme._literal(materialization) ~ '. Give ref() of one, or the name of the ' ~ what ~ ' as text') %}
  {% endif %}
  {% do return(node) %}
{% endmacro %}

{#- The name of a model of sme: given as text, or by the Relation of an autopilot_model node. -#}
{% macro _model_name(model) %}
  {% if model is string %}{% do return(model) %}{% endif %}
  {% do return(sme._model_name_of(sme._required_node_of(model, 'autopilot_model', 'model'))) %}
{% endmacro %}

{#- The name of an endpoint: given as text, or by the Relation of an autopilot_endpoint node. -#}
{% macro _endpoint_name(endpoint) %}
  {% if endpoint is string %}{% do return(endpoint) %}{% endif %}
  {% do return(sme._endpoint_name_of(sme._required_node_of(endpoint, 'autopilot_endpoint', 'endpoint'))) %}
{% endmacro %}

{#- The name of the model that an autopilot_model node trains. -#}
{% macro _model_name_of(node) %}
  {% do return(sme._node_settings(node).get('model_name') or node.alias) %}
{% endmacro %}

{#- The name of the endpoint of an autopilot_endpoint node: from its alias what AWS takes. -#}
{% macro _endpoint_name_of(node) %}
  {% set from_alias = modules.re.sub('[^A-Za-z0-9]+', '-', node.alias)[:63].strip('-') %}
  {% do return(sme._node_settings(node).get('endpoint_name') or from_alias) %}
{% endmacro %}
