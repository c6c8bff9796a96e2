{#- Which version of a model an endpoint may serve. A version is accepted by being promoted: by
    hand with sme.promote, or by the endpoint's node in a run that includes all tests between the
    model and the endpoint. Had one of them failed, dbt would not run the endpoint's node. -#}

{#- The number of the version to serve: the promoted one, after the newest Completed one is promoted
    if its tests are part of this run. Raises E-SME-123. -#}
{% macro _accepted_version(site, node, model_node, query) %}
  {% set model_name = sme._model_name_of(model_node) %}
  {% set newest = run_query('SELECT MAX("VERSION") FROM (' ~ query ~ "\n) WHERE STATUS = 'Completed'").rows[0][0] %}
  {% set promoted = sme._promotions(site.schema, model_name) %}
  {% set missing_gates = sme._gates_outside_of_this_run(node, model_node) %}
  {% if newest is not none and newest > (promoted.highest or 0) %}
    {% if not missing_gates %}
      {% do sme.promote(model_name=model_name, version=newest | int, schema=site.schema, connection=site.connection, region=site.region) %}
      {% do return(newest | int) %}
    {% elif promoted.now is not none %}
      {% do sme._say('version ' ~ newest | int ~ ' of model ' ~ model_name ~ ' is not accepted, since this run is without its tests: ' ~ missing_gates | join(', ')) %}
    {% else %}
      {% do sme._raise('E-SME-123', 'Version ' ~ newest | int ~ ' of model ' ~ model_name ~ ' is not accepted, since this run is without its tests (' ~ missing_gates | join(', ') ~ '), and no other is there to serve. Test it in the same run: dbt build -s +' ~ node.name ~ ", or accept it yourself: dbt run-operation sme.promote --args '{model_name: " ~ model_name ~ "}'") %}
    {% endif %}
  {% elif promoted.now is none %}
    {% do sme._raise('E-SME-123', 'Model ' ~ model_name ~ ' has no Completed version to serve in ' ~ model_node.name ~ '. Build that model, and this endpoint when the training is done') %}
  {% endif %}
  {% do return(promoted.now | int) %}
{% endmacro %}

{#- {now, highest}: the version that is promoted, and the highest that ever was. The build never
    promotes a lower one, so that a rollback holds. -#}
{% macro _promotions(schema, model_name) %}
  {% set registry = sme._identifier(schema) %}
  {% do return(sme._first_row(run_query(
    'SELECT MAX(M.PROMOTED_VERSION) AS NOW, MAX(CASE WHEN J.PROMOTED_AT IS NOT NULL THEN J."VERSION" END) AS HIGHEST'
    ~ ' FROM ' ~ registry ~ '.SME_METADATA_AUTOPILOT_JOBS J'
    ~ ' LEFT JOIN ' ~ registry ~ '.SME_METADATA_AUTOPILOT_MODELS M ON UPPER(M.MODEL_NAME) = UPPER(J.MODEL_NAME)'
    ~ ' WHERE UPPER(J.MODEL_NAME) = UPPER(' ~ sme._literal(model_name) ~ ')'
  ))) %}
{% endmacro %}

{#- The names of the tests that dbt would have to pass before the endpoint, but that are not
    selected: those of the model and of what is built from it and asked for by the endpoint. -#}
{% macro _gates_outside_of_this_run(node, model_node) %}
  {% set upstream = sme._ancestors(node.unique_id, []) %}
  {% set between = [model_node.unique_id] %}
  {% for unique_id in upstream if model_node.unique_id in sme._ancestors(unique_id, []) %}
    {% do between.append(unique_id) %}
  {% endfor %}
  {% set missing = [] %}
  {% for test in graph.nodes.values() if test.resource_type == 'test' and test.unique_id not in selected_resources %}
    {% set tested = test.depends_on.nodes %}
    {% if tested | select('in', between) | list and not tested | reject('in', upstream) | list %}
      {% do missing.append(test.name) %}
    {% endif %}
  {% endfor %}
  {% do return(missing) %}
{% endmacro %}

{#- All nodes that a node is built from, directly or not, added to `found`. -#}
{% macro _ancestors(unique_id, found) %}
  {% for parent in graph.nodes.get(unique_id, {}).get('depends_on', {}).get('nodes', []) if parent not in found %}
    {% do found.append(parent) %}
    {% do sme._ancestors(parent, found) %}
  {% endfor %}
  {% do return(found) %}
{% endmacro %}
