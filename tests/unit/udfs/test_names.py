"""Names of all kinds, through the functions that check, make and hand them on."""

import json
import re
import unicodedata

import sqlglot
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from udfs.python.hosting import name_stem, resource_name
from udfs.python.job_request import tag_text

AWS_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")
CHARACTERS = st.characters(blacklist_characters="\x00", blacklist_categories=("Cs",))
names = st.text("\"'\\.;$\n aZ_ß", min_size=1) | st.text(CHARACTERS, min_size=1)
aws_names = st.from_regex(AWS_NAME, fullmatch=True).filter(lambda name: len(name) <= 63)
any_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@any_fixture
@given(st.text("-aZ0", max_size=40) | st.text(CHARACTERS, max_size=40))
def test_a_name_passes_exactly_where_aws_takes_it(lua, name):
    check = lua.load("arguments").check_name
    taken = AWS_NAME.fullmatch(name) is not None and len(name) <= 32
    try:
        check("job", name, 32)
    except Exception as error:
        assert not taken
        assert str(error).startswith(f"E-SME-11: Invalid job name {name}: ")
    else:
        assert taken


@given(aws_names, st.text(), st.text())
def test_models_and_configurations_of_any_endpoint_have_names_that_aws_takes(endpoint, one, other):
    name = resource_name(endpoint, one, other)
    assert AWS_NAME.fullmatch(name)
    assert len(name) <= 63
    assert name.startswith(name_stem(endpoint))
    assert name == resource_name(endpoint, one, other)
    assume(one != other)
    assert name != resource_name(endpoint, other, one)


@given(names)
def test_any_name_of_a_model_is_a_tag_that_aws_takes(name):
    tag = tag_text(name * 10)
    assert len(tag) <= 256
    assert all(c in "_.:/=+-@" or unicodedata.category(c)[0] in "LNZ" for c in tag)
    assert tag_text(tag) == tag


@any_fixture
@given(aws_names, aws_names)
def test_the_connection_of_an_endpoint_is_its_own_and_needs_no_quotes(lua, one, other):
    connection_name = lua.load("endpoint_objects").connection_name
    assert lua.load("sql").regular_identifier(connection_name(one)) == connection_name(one)
    assume(one.upper() != other.upper())
    assert connection_name(one) != connection_name(other)


@any_fixture
@given(schema=names, name=aws_names, column=names, target=names)
def test_the_udf_of_an_endpoint_knows_schema_and_columns_of_any_name(
    lua, schema, name, column, target
):
    objects = lua.load("endpoint_objects")
    endpoint = {
        "name": name,
        "features": [{"name": column, "type": "DOUBLE"}],
        "target": {"name": target, "type": "BOOLEAN"},
        "problem_type": "BinaryClassification",
        "response_keys": ["predicted_label"],
        "model_name": name,
    }
    statement = objects.udf_statement(schema, name, objects.definition(lua.table_from(endpoint)))
    header, body = statement.split("(...) EMITS (...) AS\n")
    quoted = header.removeprefix("CREATE OR REPLACE @SCRIPT_LANGUAGE@ SET SCRIPT ")
    table = sqlglot.parse_one(f"SELECT * FROM {quoted}", read="exasol").find(sqlglot.exp.Table)
    assert (table.db, table.name) == (schema, name)
    received = []

    class Exa:
        @staticmethod
        def import_script(_):
            return Exa

        @staticmethod
        def Endpoint(_, text):
            received.append(json.loads(text))
            return type("Endpoint", (), {"default_output_columns": 1, "run": 2})

    exec(body, {"exa": Exa})
    assert received[0]["columns"][0]["name"] == column
    assert received[0]["target"]["name"] == target


@any_fixture
@given(st.lists(names, min_size=1, max_size=5, unique_by=str.upper), st.data())
def test_a_column_is_found_by_its_own_name_and_in_upper_case(lua, columns, data):
    find = lua.load("dictionary").column
    listed = lua.table_from([{"name": name, "type": "DOUBLE"} for name in columns])
    name = data.draw(st.sampled_from(columns))
    assert find(listed, name, "S.R").name == name
    if name.isascii() and name == name.upper():
        assert find(listed, name.lower(), "S.R").name == name


@any_fixture
@given(names, names, names)
def test_an_export_reads_and_writes_columns_of_any_name(lua, relation, column, prefix):
    dictionary = lua.load("dictionary")
    text_sql = dictionary.text_expression(lua.table(name=column, type="DOUBLE"))
    selection = {
        "columns": [{"name": column, "text_sql": text_sql}],
        "connection": relation,
        "prefix": prefix,
        "files": 1,
        "ending": "csv",
    }
    source = {"from": lua.load("sql").qualified("S", relation)}
    statement = lua.load("training_data").export_statement(
        lua.table_from(source), lua.table_from(selection)
    )
    query, target = statement.removeprefix("EXPORT (").rsplit(") INTO CSV AT ", 1)
    selected = sqlglot.parse_one(query, read="exasol")
    assert selected.expressions[0].alias == column
    assert selected.find(sqlglot.exp.Column).name == column
    assert selected.find(sqlglot.exp.Table).name == relation
    quoted_prefix = prefix.replace("'", "''")
    quoted_relation = relation.replace('"', '""')
    assert target == (
        f"\"{quoted_relation}\" FILE '{quoted_prefix}part-0001.csv' WITH COLUMN NAMES"
    )
