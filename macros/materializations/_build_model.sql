{#- Brings a model up to date: trains where there is a reason to, and waits where that is wanted.
    Gives its newest version as the registry then has it, or nothing where AWS is not reached. -#}
{% macro _build_model(model_name, query, settings) %}
  {% if not sme._may_run('training of model ' ~ model_name) %}{% do return({}) %}{% endif %}
  {% set site = sme._site('train', {}, settings.get('schema'), settings.get('connection'), settings.get('region')) %}
  {% set fingerprint = sme._fingerprint(settings, query) %}
  {% set newest = namespace(version=sme._newest_version(site.schema, model_name)) %}
  {% if newest.version.status in ('Exporting', 'Starting') %}
    {#- sme.train finds out how far that came, and starts nothing twice. -#}
    {% do sme._say('model ' ~ model_name ~ ': the start of version ' ~ newest.version.version ~ ' was interrupted and is finished now') %}
    {% do sme._train_version(model_name, newest.version.version, query, settings, fingerprint) %}
    {% set newest.version = sme._newest_version(site.schema, model_name) %}
  {% endif %}
  {% set reason = sme._reason_to_train(newest.version, fingerprint, should_full_refresh()) %}
  {% if reason %}
    {% do sme._say('model ' ~ model_name ~ ' is trained: ' ~ reason) %}
    {% do sme._train_version(model_name, newest.version.get('version', 0) + 1, query, settings, fingerprint) %}
    {% set newest.version = sme._newest_version(site.schema, model_name) %}
  {% else %}
    {% do sme._say('model ' ~ model_name ~ ' is not trained: version ' ~ newest.version.version ~ ' (job ' ~ newest.version.job_name ~ ') is ' ~ newest.version.status ~ ', and neither its query nor its settings have changed') %}
  {% endif %}
  {% do sme._follow_job(site, newest.version, settings) %}
  {% do return(sme._newest_version(site.schema, model_name)) %}
{% endmacro %}

{#- Why the next version is to be trained, or none. -#}
{% macro _reason_to_train(newest, fingerprint, full_refresh) %}
  {% if not newest %}
    {% do return('it has no version yet') %}
  {% elif newest.status in ('Failed', 'Stopped') %}
    {% do return('version ' ~ newest.version ~ ' is ' ~ newest.status ~ (', ' ~ newest.failure_reason if newest.failure_reason else '')) %}
  {% elif newest.fingerprint != fingerprint %}
    {% do return(sme._changes(newest, fingerprint)) %}
  {% elif full_refresh and newest.status == 'Completed' %}
    {% do return('--full-refresh') %}
  {% endif %}
  {% do return(none) %}
{% endmacro %}

{#- What has changed since a version was trained. -#}
{% macro _changes(version, fingerprint) %}
  {% if not version.fingerprint %}
    {% do return('version ' ~ version.version ~ ' was not trained by this node') %}
  {% endif %}
  {% set was, now = fromjson(version.fingerprint), fromjson(fingerprint) %}
  {% set changes = [] %}
  {% for name in (was.keys() | list + now.keys() | list) | unique | sort if was.get(name) != now.get(name) %}
    {% do changes.append('the query has changed' if name == 'query' else name ~ ' was ' ~ was.get(name, 'not given') ~ ' and is ' ~ now.get(name, 'not given')) %}
  {% endfor %}
  {% if version.status != 'Completed' %}
    {% do changes.append('version ' ~ version.version ~ ' is ' ~ version.status ~ ' and goes on (sme.stop ends it)') %}
  {% endif %}
  {% do return('since version ' ~ version.version ~ ' ' ~ changes | join(', ')) %}
{% endmacro %}

{#- Starts that version. Its number is given, so that of two builds at once only one does. -#}
{% macro _train_version(model_name, version, query, settings, fingerprint) %}
  {% set arguments = {} %}
  {% for name, value in settings.items() if name not in ('wait', 'timeout') %}
    {% do arguments.update({name: value}) %}
  {% endfor %}
  {% do arguments.update({'model_name': model_name, 'version': version, 'query': query, 'fingerprint': fingerprint}) %}
  {% do sme.train(**arguments) %}
{% endmacro %}

{#- Brings the registry up to date about a job: until it has ended, or with wait: false as it is
    now; and about its candidates, once it is done. What is known already is not asked again. -#}
{% macro _follow_job(site, version, settings) %}
  {% set job_site = dict(site, job_name=version.job_name) %}
  {% set status = namespace(now=version.status) %}
  {% if status.now in ('InProgress', 'Stopping') %}
    {% if settings.get('wait', true) %}
      {% set status.now = sme._watch_job(settings.get('timeout', 86400), job_site).job_status %}
    {% else %}
      {% set status.now = sme._poll_job(job_site).job_status %}
    {% endif %}
  {% endif %}
  {% if status.now == 'Completed' and not version.has_candidates %}
    {% do sme._list_candidates(job_site) %}
  {% endif %}
{% endmacro %}

{#- Raises E-SME-25 for a version that this build saw fail. The next build trains again. -#}
{% macro _refuse_failed_version(model_name, version) %}
  {% if version.status in ('Failed', 'Stopped') %}
    {% do sme._raise('E-SME-25', 'Version ' ~ version.version ~ ' of model ' ~ model_name ~ ' ended as ' ~ version.status ~ ': ' ~ (version.failure_reason or 'AWS gives no reason') ~ ' (job ' ~ version.job_name ~ '). Mend the cause and build again: that trains the next version') %}
  {% endif %}
{% endmacro %}
