--- SME_TRAIN_WITH_SAGEMAKER_AUTOPILOT: checks, registers, exports and starts a job.
local cjson = require("cjson")
local sql = require("sql")
local errors = require("errors")
local database = require("database")
local dictionary = require("dictionary")
local aws = require("aws")
local registry = require("registry")
local options = require("options")
local roles = require("roles")
local training_data = require("training_data")
local versions = require("versions")
local attempts = require("attempts")

local M = {}

-- What the request to AWS takes as it was given, under the same names.
local PASSED_ON = {
    "problem_type", "objective", "mode", "algorithms", "max_candidates",
    "max_runtime_for_automl_job_in_seconds", "max_runtime_per_training_job_in_seconds",
    "validation_fraction", "compression", "output_kms_key", "volume_kms_key",
    "encrypt_inter_container_traffic", "vpc_security_group_ids", "vpc_subnets",
    "forecast_frequency", "forecast_horizon", "forecast_quantiles", "holiday_country",
}

--- The bucket and the key prefixes of one training: a fresh prefix of its own, closed by a
-- slash, because S3 would take `m1` for a prefix of `m10` too.
function M.storage(given, job_name, stamp)
    local bucket = string.match(given.s3_bucket_uri, "^s3://([^/]+)") or given.s3_bucket_uri
    local path = string.gsub(string.gsub(given.s3_output_path, "^/+", ""), "/+$", "")
    local prefix = (path ~= "" and path .. "/" or "") .. job_name .. "/" .. stamp .. "/"
    local uri = "s3://" .. bucket .. "/" .. prefix
    return {
        bucket = bucket,
        prefix = prefix,
        input_prefix = prefix .. "training/",
        input_uri = uri .. "training/",
        validation_prefix = prefix .. "validation/",
        validation_uri = uri .. "validation/",
        output_uri = uri .. "output",
    }
end

local function join(columns, field)
    local parts = {}
    for i, column in ipairs(columns) do
        parts[i] = column[field]
    end
    return table.concat(parts, sql.SEMICOLON)
end

local function or_null(value)
    return value ~= nil and value or registry.NULL
end

--- The registry row of a training that is about to be exported.
function M.registry_values(training, decision, storage)
    local given, source = training.given, training.source
    return {
        DATETIME = registry.NOW,
        AWS_CREDENTIALS_CONNECTION_NAME = given.aws_credentials_connection_name,
        IAM_SAGEMAKER_ROLE = given.iam_sagemaker_role,
        S3_BUCKET_URI = given.s3_bucket_uri,
        S3_OUTPUT_PATH = given.s3_output_path,
        TARGET_ATTRIBUTE_NAME = training.target.name,
        PROBLEM_TYPE = or_null(given.problem_type),
        OBJECTIVE = or_null(given.objective),
        MAX_RUNTIME_FOR_AUTOML_JOB_IN_SECONDS =
            or_null(given.max_runtime_for_automl_job_in_seconds),
        MAX_CANDIDATES = or_null(given.max_candidates),
        MAX_RUNTIME_PER_TRAINING_JOB_IN_SECONDS =
            or_null(given.max_runtime_per_training_job_in_seconds),
        SESSION_ID = registry.SESSION,
        SCRIPT_USER = exa.meta.current_user,
        COLUMN_NAMES = join(training.columns, "name"),
        COLUMN_TYPES = join(training.columns, "type"),
        STATUS = "Exporting",
        SECONDARY_STATUS = registry.NULL,
        FAILURE_REASON = registry.NULL,
        COLUMNS = registry.encode_columns(training.columns),
        INPUT_SCHEMA = or_null(source.schema),
        INPUT_RELATION = or_null(source.name),
        INPUT_QUERY = or_null(source.query),
        ROW_COUNT = training.row_count,
        AWS_REGION = given.aws_region,
        S3_PREFIX = storage.prefix,
        BEST_CANDIDATE = registry.NULL,
        BEST_METRIC_NAME = registry.NULL,
        BEST_METRIC_VALUE = registry.NULL,
        RESOLVED_PROBLEM_TYPE = registry.NULL,
        UPDATED_AT = registry.NOW,
        MODEL_NAME = decision.model_name,
        VERSION = decision.version,
        KEY_COLUMNS = #training.keys > 0 and cjson.encode(training.keys) or registry.NULL,
        SETTINGS = cjson.encode(given),
        DBT_INVOCATION_ID = or_null(given.dbt_invocation_id),
        TARGET_LABELS = training.labels ~= nil and cjson.encode(training.labels) or registry.NULL,
    }
end

-- Options that name columns, by the exact names that these columns have in the export.
local function by_exact_names(values, columns, where)
    if values == nil then
        return nil
    end
    local renamed = {}
    for name, value in pairs(values) do
        renamed[dictionary.column(columns, name, where).name] = value
    end
    return renamed
end

local function name_of(column)
    return column ~= nil and column.name or nil
end

--- What start_job of udfs/python/actions.py takes.
function M.request(training, decision, storage)
    local given, columns = training.given, training.columns
    local tags = {["sme:job"] = decision.job_name, ["sme:version"] = tostring(decision.version),
        ["sme:model"] = decision.model_name, ["sme:schema"] = exa.meta.script_schema}
    for name, value in pairs(given.tags or {}) do
        tags[name] = value
    end
    local groups = {}
    for _, column in ipairs(columns) do
        if column.role == "grouping" then
            groups[#groups + 1] = column.name
        end
    end
    local request = {
        kind = training.kind,
        job_name = decision.job_name,
        role = given.iam_sagemaker_role,
        s3_input_uri = storage.input_uri,
        s3_validation_uri = training.validation ~= nil and storage.validation_uri or nil,
        s3_output_uri = storage.output_uri,
        target = training.target.name,
        sample_weight_column = name_of(roles.of(columns, roles.WEIGHT)),
        text_column = name_of(roles.of(columns, "text")),
        item_column = name_of(roles.of(columns, "item")),
        time_column = name_of(roles.of(columns, "time")),
        grouping_columns = #groups > 0 and groups or nil,
        fill_methods = by_exact_names(given.fill_methods, columns, training.source.title),
        aggregation = by_exact_names(given.aggregation, columns, training.source.title),
        tags = tags,
    }
    for _, name in ipairs(PASSED_ON) do
        request[name] = given[name]
    end
    return request
end

local function call(training, action, request)
    local given = training.given
    return aws.call(action, given.aws_credentials_connection_name, given.aws_region, request)
end

local function site_of(training)
    local given = training.given
    return {connection = given.aws_credentials_connection_name, region = given.aws_region}
end

-- Starts the job. Where the answer of AWS was lost on the way, and the repeated request met the
-- job that the first had started, that is no failure.
local function start(training, decision, storage)
    local ok, reason = pcall(call, training, "start_job", M.request(training, decision, storage))
    if not ok and attempts.started(site_of(training), decision.job_name, storage.prefix) == nil then
        error(reason, 0)
    end
end

-- Nothing was started: the registry says why, and the exported files go. Where it cannot be
-- known, the row stays as it is, and the next attempt asks again.
local function undo(training, decision, storage, reason)
    local site = site_of(training)
    if attempts.started(site, decision.job_name, storage.prefix) ~= nil then
        return
    end
    registry.update(registry.JOBS, decision.job_name,
        {STATUS = "NotStarted", FAILURE_REASON = string.sub(reason, 1, 2000)})
    attempts.delete_export(site, training.given.s3_bucket_uri, storage.prefix)
end

local function export(training, storage)
    local given, columns = training.given, training.columns
    training_data.export(training.source, training_data.selection(given, columns,
        storage.input_prefix, training.profile.rows, training.row_count))
    if training.validation ~= nil then
        training_data.export(training.validation,
            training_data.selection(given, columns, storage.validation_prefix, 0, 0))
    end
end

-- What a user is told of a training: of this one or, where an earlier call has started the job,
-- of that one.
local function result(decision, job, trained_on)
    local features = 0
    for _, column in ipairs(trained_on.columns) do
        if column.role ~= roles.TARGET and column.role ~= roles.WEIGHT then
            features = features + 1
        end
    end
    return {{decision.job_name, job.status, job.input_uri, tostring(trained_on.row_count),
        tostring(features), decision.model_name, tostring(decision.version), trained_on.title,
        roles.of(trained_on.columns, roles.TARGET).name, trained_on.started}},
        "JOB_NAME VARCHAR(100), STATUS VARCHAR(50), S3_URI VARCHAR(2000), ROW_COUNT VARCHAR(20), "
        .. "FEATURE_COUNT VARCHAR(20), MODEL_NAME VARCHAR(100), VERSION VARCHAR(20), "
        .. "TRAINED_ON VARCHAR(500), TARGET VARCHAR(200), STARTED VARCHAR(10)"
end

--- Everything that is known before anything is written: options, columns, rows, target.
local function prepared(given)
    local kind = options.kind_of(given)
    local source = training_data.source(given)
    local columns, keys = roles.choose(source.columns, given, kind, source.title)
    local target = roles.of(columns, roles.TARGET)
    training_data.check_target_type(target, source.title)
    given.aws_credentials_connection_name =
        dictionary.connection(given.aws_credentials_connection_name)
    given.s3_connection_name =
        dictionary.connection(given.s3_connection_name or given.aws_credentials_connection_name)
    local validation = training_data.validation_source(given, columns, target)
    local profile = training_data.profile(source, target)
    local row_count = training_data.exported_rows(profile.rows, given)
    training_data.check_profile(profile, row_count, given, kind, source.title)
    training_data.check_labels(profile, target, given, source.title)
    training_data.check_numbers(source, target, given)
    local labels = training_data.labels(source, target, profile, given, kind)
    return {given = given, kind = kind, source = source, columns = columns, keys = keys,
        target = target, labels = labels, validation = validation, profile = profile,
        row_count = row_count}
end

-- Notes the job that an earlier call has started. The options of this one change nothing any more.
local function taken_over(decision, job)
    registry.note_job(decision.job_name, job)
    local row = registry.find(registry.JOBS, decision.job_name,
        {"ROW_COUNT", "COLUMNS", "INPUT_SCHEMA", "INPUT_RELATION"})
    return result(decision, job, {
        row_count = row.ROW_COUNT,
        columns = registry.decode_columns(row.COLUMNS),
        title = row.INPUT_RELATION ~= nil and row.INPUT_SCHEMA .. "." .. row.INPUT_RELATION
            or training_data.QUERY_TITLE,
        started = "before",
    })
end

--- Trains. The row is written before the job starts, and updated after.
function M.main(json_text)
    local given = options.read(json_text)
    local stamp = database.run("SELECT TO_CHAR(SYSTIMESTAMP, 'YYYYMMDDHH24MISSFF3')")[1][1]
    local wanted = versions.wanted(given)
    local training = prepared(given)
    local example = {job_name = given.job_name or "any", version = 1}
    local place = M.storage(given, example.job_name, stamp)
    local checked = call(training, "check_training", {
        job_name = given.job_name,
        s3_connection = given.s3_connection_name,
        s3_bucket_uri = "s3://" .. place.bucket,
        request = M.request(training, example, place),
    })
    local known = checked.known_job
    if known ~= nil and #versions.rows(wanted.model_name, given.job_name, {}) == 0 then
        errors.raise("E-SME-12", "Job name " .. given.job_name .. " was used before (it is "
            .. known.status .. "), and AWS never frees the name of a job: choose another one, or "
            .. "give model_name and no job_name.")
    end
    local decision = versions.claim(wanted, stamp, function(claimed)
        return M.registry_values(training, claimed, M.storage(given, claimed.job_name, stamp))
    end)
    local storage = M.storage(given, decision.job_name, stamp)
    attempts.settle_abandoned(decision.job_name)
    if decision.previous ~= nil then
        local site = site_of(training)
        site.region = decision.previous.region or site.region
        local job = attempts.settle(site, decision.previous)
        if job ~= nil then
            return taken_over(decision, job)
        end
        registry.save(registry.JOBS, decision.job_name,
            M.registry_values(training, decision, storage))
    end

    errors.with_cleanup(function()
        export(training, storage)
        if not checked.knows_bucket then
            call(training, "check_export", {s3_connection = given.s3_connection_name,
                bucket = storage.bucket, prefix = storage.input_prefix})
        end
        registry.update(registry.JOBS, decision.job_name, {STATUS = "Starting"})
        start(training, decision, storage)
    end, function(reason)
        undo(training, decision, storage, reason)
    end)
    registry.update(registry.JOBS, decision.job_name,
        {STATUS = "InProgress", SECONDARY_STATUS = "Starting", UPDATED_AT = registry.NOW})
    return result(decision, {status = "InProgress", input_uri = storage.input_uri}, {
        row_count = training.row_count,
        columns = training.columns,
        title = training.source.title,
        started = "now",
    })
end

return M
