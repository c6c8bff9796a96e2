"""Which tests stand between a model and its endpoint, and what the two are called."""

from types import SimpleNamespace

import pytest


def node(name, *parents, materialized="table", resource_type="model", **settings):
    return {
        "unique_id": name,
        "name": name,
        "alias": name,
        "schema": "PROD",
        "resource_type": resource_type,
        "depends_on": {"nodes": list(parents)},
        "config": {"materialized": materialized, "meta": {"sme": settings}},
    }


def test_on(*parents):
    return node("test_" + "_and_".join(parents), *parents, resource_type="test")


test_on.__test__ = False

GRAPH = [
    node("training"),
    node("model", "training", materialized="autopilot_model"),
    node("scores", "model", "training"),
    node("endpoint", "model", "scores", materialized="autopilot_endpoint"),
    node("predictions", "endpoint"),
    test_on("training"),
    test_on("model"),
    test_on("scores"),
    test_on("model", "training"),
    test_on("model", "predictions"),
    test_on("endpoint"),
]
GATES = ["test_model", "test_scores", "test_model_and_training"]


def graph_of(nodes):
    return SimpleNamespace(nodes={entry["unique_id"]: entry for entry in nodes})


def gates_outside(package, selected, nodes=GRAPH):
    graph = graph_of(nodes)
    macros = package(graph=graph, selected_resources=selected)
    return macros._gates_outside_of_this_run(graph.nodes["endpoint"], graph.nodes["model"])


def test_gates_are_the_tests_that_dbt_passes_between_the_model_and_the_endpoint(package):
    assert gates_outside(package, []) == GATES
    assert gates_outside(package, GATES) == []
    assert gates_outside(package, ["test_model", "test_model_and_training"]) == ["test_scores"]


def test_a_model_without_tests_has_no_gates(package):
    assert gates_outside(package, [], GRAPH[:5]) == []


def test_an_endpoint_serves_exactly_one_model(package, refused):
    macros = package(graph=graph_of(GRAPH))
    assert macros._model_node_of(GRAPH[3]) == GRAPH[1]
    with pytest.raises(refused, match="E-SME-122: autopilot_endpoint alone refs 0 models"):
        macros._model_node_of(node("alone", "training", materialized="autopilot_endpoint"))


def test_a_lifetime_that_there_is_not_is_refused(package, refused):
    endpoint = node("endpoint", materialized="autopilot_endpoint", lifetime="short")
    with pytest.raises(refused, match="E-SME-29: lifetime is short, but it can be permanent or"):
        package()._settings_of_endpoint(endpoint)


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("aps_endpoint", "aps-endpoint"),
        ("_Aps__2_", "Aps-2"),
        ("x" * 62 + "_y", "x" * 62),
    ],
)
def test_the_name_of_an_endpoint_is_made_of_the_alias_as_aws_takes_it(package, alias, name):
    assert package()._endpoint_name_of(node(alias)) == name
    assert package()._endpoint_name_of(node(alias, endpoint_name="Mine")) == "Mine"


def test_names_are_known_by_the_relation_also_of_another_target(package, refused):
    macros = package(graph=graph_of([*GRAPH, node("named", model_name="The model")]))
    for schema in ("PROD", "DEV"):
        relation = SimpleNamespace(schema=schema, identifier="MODEL")
        assert macros._model_name(relation) == "model"
        relation = SimpleNamespace(schema=schema, identifier="endpoint")
        assert macros._endpoint_name(relation) == "endpoint"
    assert macros._endpoint_name("By text") == "By text"
    table = SimpleNamespace(schema="PROD", identifier="training")
    with pytest.raises(refused, match=r"E-SME-121: PROD.training is no relation of a model"):
        macros._endpoint_name(table)
    with pytest.raises(refused, match=r"E-SME-121: .* name of the model as text"):
        macros._model_name(table)
