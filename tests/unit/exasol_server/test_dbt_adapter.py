"""The real dbt with the real dbt-exasol: seeds, functions, every materialization, snapshots,
contracts, grants, tests of data and of models, docs."""

import json
import os

import pytest

from ...dbt_process import run_dbt

PROJECT = {
    "dbt_project.yml": """
name: probe
version: 1.0.0
profile: probe
flags: {send_anonymous_usage_stats: false}
models:
  probe: {+persist_docs: {relation: true, columns: true}}
""",
    "profiles.yml": """
probe:
  target: dev
  outputs:
    dev: {type: exasol, threads: 2, dsn: "127.0.0.1:PORT", user: sys, password: exasol,
          dbname: db, schema: dbt_probe}
""",
    "seeds/people.csv": 'id,name,paid,born\n1,anna,1.50,2020-01-01\n2,"b, c",,2020-01-02\n',
    "models/base.sql": """
{{ config(materialized='table', grants={'select': ['public']}) }}
select id, name, coalesce(paid, 0) as paid, born, {{ var('round') }} as round,
  timestamp '2020-01-01 00:00:00' + interval '{{ var("round") }}' day as updated_at
from {{ ref('people') }}
""",
    "models/looking.sql": "select id, upper(name) as shout from {{ ref('base') }}",
    "models/growing.sql": """
{{ config(materialized='incremental', unique_key='id') }}
select id, round from {{ ref('base') }}
{% if is_incremental() %} where id > (select min(id) from {{ this }}) {% endif %}
""",
    "models/merging.sql": """
{{ config(materialized='incremental', incremental_strategy='merge', unique_key='id') }}
select id, name, round from {{ ref('base') }}
""",
    "functions/twice.sql": "select amount * 2",
    "functions/functions.yml": """
functions:
  - name: twice
    arguments: [{name: amount, data_type: "decimal(18,2)"}]
    returns: {data_type: "decimal(18,2)"}
""",
    "models/promised.sql": """
{{ config(materialized='table', contract={'enforced': true}) }}
select id, {{ function('twice') }}(paid) as paid_twice from {{ ref('base') }}
""",
    "models/models.yml": """
unit_tests:
  - name: looking_shouts
    model: looking
    given: [{input: ref('base'), rows: [{id: 7, name: ann}, {id: 8}]}]
    expect: {rows: [{id: 7, shout: ANN}, {id: 8, shout: null}]}
models:
  - name: promised
    constraints: [{type: primary_key, columns: [id]}]
    columns:
      - {name: id, data_type: "decimal(18,0)", constraints: [{type: not_null}]}
      - {name: paid_twice, data_type: "decimal(18,2)"}
  - name: base
    description: "it's the base"
    columns:
      - name: id
        description: the key
        data_tests: [unique, not_null]
      - name: name
        data_tests: [{accepted_values: {arguments: {values: ['anna', 'b, c']}}}]
  - name: looking
    columns:
      - name: id
        data_tests: [{relationships: {arguments: {to: ref('base'), field: id}}}]
""",
    "snapshots/history.sql": """
{% snapshot history %}
{{ config(target_schema='dbt_probe', unique_key='id', strategy='timestamp',
          updated_at='updated_at') }}
select * from {{ ref('base') }}
{% endsnapshot %}
""",
}


@pytest.fixture
def dbt(tmp_path, listener, certificate, monkeypatch):
    """Runs dbt on the project above; gives the status of every node."""
    for name, text in PROJECT.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace("PORT", str(listener.port)))
    monkeypatch.setenv("WEBSOCKET_CLIENT_CA_BUNDLE", str(certificate.path))
    monkeypatch.setenv("EXASOL_TELEMETRY_DISABLE", "1")

    def run(*arguments: str) -> dict[str, str]:
        command = [*arguments, "--profiles-dir", "."]
        ended_with, printed = run_dbt([command], tmp_path, dict(os.environ))
        assert ended_with == 0, printed
        results = json.loads((tmp_path / "target/run_results.json").read_text())["results"]
        return {r["unique_id"]: r["status"] for r in results}

    run.folder = tmp_path
    return run


def test_dbt_builds_a_project_again_and_again(dbt, connect):
    first = dbt("build", "--vars", "round: 1")
    second = dbt("build", "--vars", "round: 2")
    assert set(first.values()) == set(second.values()) == {"success", "pass"}
    assert len(first) == 13
    documented = dbt("docs", "generate", "--vars", "round: 2")
    assert set(documented.values()) == {"success"}
    catalog = json.loads((dbt.folder / "target/catalog.json").read_text())["nodes"]
    assert catalog["model.probe.base"]["columns"]["ID"]["comment"] == "the key"
    assert catalog["model.probe.promised"]["columns"]["PAID_TWICE"]["type"] == "DECIMAL(18,2)"
    connection = connect(schema="DBT_PROBE")

    def rows(sql: str) -> list[tuple]:
        return connection.execute(sql).fetchall()

    assert rows("SELECT id, name, paid, born FROM base ORDER BY id") == [
        (1, "anna", 1.5, "2020-01-01"),
        (2, "b, c", 0, "2020-01-02"),
    ]
    assert rows("SELECT paid_twice FROM promised ORDER BY id") == [("3",), ("0",)]
    assert rows("SELECT shout FROM looking ORDER BY id") == [("ANNA",), ("B, C",)]
    assert rows("SELECT id, round FROM growing ORDER BY id") == [(1, 1), (2, 2)]
    assert rows("SELECT id, round FROM merging ORDER BY id") == [(1, 2), (2, 2)]
    assert rows("SELECT count(*), count(dbt_valid_to) FROM history") == [(4, 2)]
    assert rows("SELECT table_comment FROM exa_all_tables WHERE table_name = 'BASE'") == [
        ("it's the base",)
    ]
    assert rows("SELECT object_name, privilege, grantee FROM exa_dba_obj_privs") == [
        ("BASE", "SELECT", "PUBLIC")
    ]
