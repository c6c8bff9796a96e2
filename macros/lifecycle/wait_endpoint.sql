{% macro wait_endpoint(endpoint_name=none, timeout=3600, schema=none, connection=none, region=none) %}
  {% if not sme._may_run('wait_endpoint') %}{% do return('') %}{% endif %}
  {% set site = sme._site('wait_endpoint', {'endpoint_name': endpoint_name}, schema, connection, region) %}
  {% do sme._wait_until_in_service(endpoint_name, timeout, site) %}
{% endmacro %}

{#- Raises E-SME-9 or E-SME-26 where the endpoint does not get into service, and E-SME-84 where it
    still serves what it did before, because AWS rolled an update back. -#}
{% macro _wait_until_in_service(endpoint_name, timeout, site, seen='') %}
  {% set endpoint = sme._watch_endpoint(endpoint_name, timeout, site, seen=seen) %}
  {% if endpoint.status == 'Deleted' %}
    {% do sme._raise('E-SME-9', 'Endpoint ' ~ endpoint_name ~ ' does not exist in this AWS account and region: it was deleted, or never deployed. Deploy it with sme.deploy_endpoint') %}
  {% elif endpoint.status != 'InService' %}
    {% do sme._raise('E-SME-26', 'Endpoint ' ~ endpoint_name ~ ' is ' ~ endpoint.status ~ ': ' ~ (endpoint.failure_reason or 'AWS gives no reason') ~ '. Delete it with sme.delete_endpoint, mend the cause and deploy again') %}
  {% elif endpoint.failure_reason %}
    {% do sme._raise('E-SME-84', 'Endpoint ' ~ endpoint_name ~ ' serves what it served before. ' ~ endpoint.failure_reason ~ '. Mend the cause and deploy again') %}
  {% endif %}
{% endmacro %}

{#- Waits while AWS works on an endpoint, a line for each change from the status `seen`; where
    `quiet`, none for the status that it has at first. Gives its last status. -#}
{% macro _watch_endpoint(endpoint_name, timeout, site, quiet=false, seen='') %}
  {% set timeout = sme._seconds('timeout', timeout) %}
  {% set request = {'endpoint_name': endpoint_name, 'aws_credentials_connection_name': site.connection, 'aws_region': site.region} %}
  {% set endpoint = namespace(row={'status': seen}, seen=seen) %}
  {% set started = modules.datetime.datetime.now() %}
  {% for attempt in range(100000) %}
    {% set left = timeout - (modules.datetime.datetime.now() - started).total_seconds() %}
    {% do request.update({'known_status': endpoint.row.status, 'seconds': [[left, 0] | max, 10] | min | int}) %}
    {% set call = sme._script_call(site.schema, 'SME_POLL_SAGEMAKER_AUTOPILOT_ENDPOINT', [tojson(request)]) %}
    {% set endpoint.row = sme._first_row(sme._execute_plan([{'name': 'wait', 'sql': call}], quiet=true)) %}
    {% set elapsed = (modules.datetime.datetime.now() - started).total_seconds() | round | int %}
    {% set working = endpoint.row.status in ('Creating', 'Updating', 'SystemUpdating', 'RollingBack', 'Deleting') %}
    {% if endpoint.row.status != endpoint.seen and (working or endpoint.seen or not quiet) %}
      {% do sme._say('endpoint ' ~ endpoint_name ~ ' is ' ~ endpoint.row.status ~ ' after ' ~ elapsed ~ ' s') %}
      {% set endpoint.seen = endpoint.row.status %}
    {% endif %}
    {% if not working %}{% break %}{% endif %}
    {% if left <= 0 %}
      {% do sme._raise('E-SME-24', 'Endpoint ' ~ endpoint_name ~ ' is still ' ~ endpoint.row.status ~ ' after ' ~ timeout ~ ' s, the time limit of this wait. AWS goes on: wait again, or give a longer timeout') %}
    {% endif %}
  {% endfor %}
  {% do return(endpoint.row) %}
{% endmacro %}
