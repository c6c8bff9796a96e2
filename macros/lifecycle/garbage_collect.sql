{% macro garbage_collect(dry_run=true, schema=none, connection=none, region=none) %}
  {% if not sme._may_run('garbage_collect') %}{% do return('') %}{% endif %}
  {% set site = sme._site('garbage_collect', {}, schema, connection, region) %}
  {% set call = sme._script_call(site.schema, 'SME_COLLECT_SAGEMAKER_AUTOPILOT_GARBAGE', [tojson({
    'dry_run': dry_run, 'aws_credentials_connection_name': site.connection, 'aws_region': site.region,
  })]) %}
  {% set findings = sme._rows(sme._execute_plan([{'name': 'collect garbage', 'sql': call}], quiet=true)) %}
  {% set failed = [] %}
  {% for finding in findings %}
    {% do sme._say(finding.kind ~ ' ' ~ finding.name ~ ' is not needed, ' ~ finding.reason ~ ': ' ~ finding.done) %}
    {% if finding.done.startswith('failed: ') %}{% do failed.append(finding.name) %}{% endif %}
  {% endfor %}
  {% if failed %}
    {% do sme._raise('E-SME-100', failed | length ~ ' of ' ~ findings | length ~ ' things that nobody needs could not be removed: ' ~ failed | join(', ') ~ '. The lines above say why; collect garbage again') %}
  {% elif not findings %}
    {% do sme._say('nothing to collect: all that AWS holds for schema ' ~ site.schema ~ ' is needed') %}
  {% elif dry_run %}
    {% do sme._say(findings | length ~ " things to remove: dbt run-operation sme.garbage_collect --args '{dry_run: false}'") %}
  {% else %}
    {% do sme._say(findings | length ~ ' things removed') %}
  {% endif %}
{% endmacro %}
