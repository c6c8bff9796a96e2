"""How a language container gets into SCRIPT_LANGUAGES."""

import pytest

BEFORE = "PYTHON3=builtin_python3 R=builtin_r OWN=localzmq+protobuf:///bfs/b/own?lang=python#x"


def test_languages_that_are_there_stay_and_the_new_one_comes_last(package):
    entry = "PYTHON3_SME=localzmq+protobuf:///a"
    assert package()._with_language(BEFORE, "PYTHON3_SME", entry) == f"{BEFORE} {entry}"
    assert package()._with_language("", "PYTHON3_SME", entry) == entry


def test_an_alias_that_is_there_gets_the_new_address_in_its_place(package):
    changed = package()._with_language(BEFORE + " JAVA=builtin_java", "own", "OWN=new")
    assert changed == "PYTHON3=builtin_python3 R=builtin_r OWN=new JAVA=builtin_java"


def test_the_address_is_the_folder_twice_for_the_system_and_for_the_client(package):
    address = package()._container_address("bfsdefault/default/container/sme", "exaudfclient_py3")
    assert address == (
        "localzmq+protobuf:///bfsdefault/default/container/sme?lang=python"
        "#buckets/bfsdefault/default/container/sme/exaudf/exaudfclient_py3"
    )


@pytest.mark.parametrize(
    "container",
    [
        "sme",
        "bfsdefault/default",
        "/bfsdefault/default/sme",
        "b/d/sme'",
        "b/d/../x",
        "b/d/a b",
        "b/d/",
    ],
)
def test_what_is_no_folder_in_a_bucket_is_refused(container, package, refused):
    with pytest.raises(refused, match="E-SME-171"):
        package()._container_address(container, "exaudfclient")
