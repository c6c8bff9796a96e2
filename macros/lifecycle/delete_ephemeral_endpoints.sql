{% macro delete_ephemeral_endpoints() %}
  {% if not execute %}{% do return('') %}{% endif %}
  {% for node in graph.nodes.values() if node.config.materialized == 'autopilot_endpoint' %}
    {% set settings = sme._node_settings(node) %}
    {% if settings.get('lifetime') == 'ephemeral' and (node.unique_id in selected_resources or flags.WHICH == 'run-operation') %}
      {% do sme._delete_endpoint_of(node, settings) %}
    {% endif %}
  {% endfor %}
{% endmacro %}

{#- Deletes the endpoint of a node, if there is one, and says so in the node's relation. -#}
{% macro _delete_endpoint_of(node, settings) %}
  {% set endpoint_name = sme._endpoint_name_of(node) %}
  {% if not sme._may_run('deletion of endpoint ' ~ endpoint_name) %}{% do return('') %}{% endif %}
  {% set schema = sme._folded(sme._setting('schema', settings.get('schema'))) %}
  {% if 'SME_METADATA_AUTOPILOT_ENDPOINTS' in sme._existing_registry(schema) and sme._endpoint_row(schema, endpoint_name).get('status', 'Deleted') != 'Deleted' %}
    {% do sme.delete_endpoint(endpoint_name=endpoint_name, schema=schema, connection=settings.get('connection'), region=settings.get('region')) %}
    {% set relation = load_relation(api.Relation.create(schema=node.schema, identifier=node.alias)) %}
    {% if relation is not none %}
      {% do run_query('UPDATE ' ~ relation ~ " SET STATUS = 'Deleted'") %}
    {% endif %}
  {% endif %}
{% endmacro %}
