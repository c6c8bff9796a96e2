--- SME_TRAIN_WITH_SAGEMAKER_AUTOPILOT: checks, registers, exports and starts a job.
local sql = require("sql")
local errors = require("errors")
local database = require("database")
local arguments = require("arguments")
local dictionary = require("dictionary")
local aws = require("aws")
local registry = require("registry")

local M = {}

local REQUIRED = {
    "job_name", "aws_credentials_connection_name", "aws_region", "iam_sagemaker_role",
    "s3_bucket_uri", "s3_output_path", "input_schema_name", "input_table_or_view_name",
    "target_attribute_name",
}
local LIMITS = {
    "max_candidates", "max_runtime_for_automl_job_in_seconds",
    "max_runtime_per_training_job_in_seconds",
}
local LEAST_ROWS = 500
local FILES_PER_NODE = 4

--- Arguments as given, with those that can be checked without the database checked.
function M.read_arguments(json_text)
    local given = arguments.read_json(json_text)
    arguments.require_all(given, REQUIRED)
    arguments.check_name("job", given.job_name, 32)
    for _, name in ipairs(LIMITS) do
        if given[name] ~= nil then
            given[name] = arguments.whole_number(name, given[name], 1)
        end
    end
    return given
end

--- The bucket and the key prefixes of one training: a fresh prefix of its own, closed by a
-- slash, because S3 would take `m1` for a prefix of `m10` too.
function M.storage(given, stamp)
    local bucket = string.match(given.s3_bucket_uri, "^s3://([^/]+)") or given.s3_bucket_uri
    local path = string.gsub(string.gsub(given.s3_output_path, "^/+", ""), "/+$", "")
    local prefix = (path ~= "" and path .. "/" or "") .. given.job_name .. "/" .. stamp .. "/"
    return {
        bucket = bucket,
        prefix = prefix,
        input_prefix = prefix .. "training/",
        input_uri = "s3://" .. bucket .. "/" .. prefix .. "training/",
        output_uri = "s3://" .. bucket .. "/" .. prefix .. "output",
    }
end

--- Columns in training order with the text expression of each.
function M.training_columns(columns)
    local described = {}
    for i, column in ipairs(columns) do
        described[i] = {
            name = column.name,
            type = column.type,
            text_sql = dictionary.text_expression(column),
        }
    end
    return described
end

--- The EXPORT of a relation as text, in parallel into several files.
function M.export_statement(relation, columns, connection, input_prefix, files)
    local expressions, names = {}, {}
    for i, column in ipairs(columns) do
        expressions[i] = column.text_sql .. " AS " .. sql.identifier(column.name)
    end
    for i = 1, files do
        names[i] = "FILE " .. sql.literal(string.format("%spart-%04d.csv", input_prefix, i))
    end
    return "EXPORT (SELECT " .. table.concat(expressions, ", ") .. " FROM "
        .. sql.qualified(relation.schema, relation.name) .. ") INTO CSV AT "
        .. sql.identifier(connection) .. " " .. table.concat(names, " ") .. " WITH COLUMN NAMES"
end

local function count_rows(relation)
    local rows = database.run("SELECT COUNT(*) FROM "
        .. sql.qualified(relation.schema, relation.name))
    return database.value(rows[1][1])
end

--- Raises E-SME-12 for a name that is taken. Gives true where an earlier call of this script
-- was interrupted after it had started this very job: then there is nothing left to start.
local function is_started_already(given, known_job)
    local row = registry.find(registry.JOBS, given.job_name, {"JOB_NAME", "STATUS"})
    if known_job ~= nil then
        if row ~= nil and row.STATUS == "Starting" then
            registry.update(registry.JOBS, row.JOB_NAME, registry.job_values(known_job))
            return true
        end
        errors.raise("E-SME-12", "Job name " .. given.job_name .. " was used before (it is "
            .. known_job.status .. "), and AWS never frees the name of a job: choose another one.")
    end
    return false
end

local function join(columns, field)
    local parts = {}
    for i, column in ipairs(columns) do
        parts[i] = column[field]
    end
    return table.concat(parts, sql.SEMICOLON)
end

local function registry_values(given, relation, columns, target, storage, row_count)
    return {
        DATETIME = registry.NOW,
        AWS_CREDENTIALS_CONNECTION_NAME = given.aws_credentials_connection_name,
        IAM_SAGEMAKER_ROLE = given.iam_sagemaker_role,
        S3_BUCKET_URI = given.s3_bucket_uri,
        S3_OUTPUT_PATH = given.s3_output_path,
        TARGET_ATTRIBUTE_NAME = target.name,
        PROBLEM_TYPE = given.problem_type or registry.NULL,
        OBJECTIVE = given.objective or registry.NULL,
        MAX_RUNTIME_FOR_AUTOML_JOB_IN_SECONDS =
            given.max_runtime_for_automl_job_in_seconds or registry.NULL,
        MAX_CANDIDATES = given.max_candidates or registry.NULL,
        MAX_RUNTIME_PER_TRAINING_JOB_IN_SECONDS =
            given.max_runtime_per_training_job_in_seconds or registry.NULL,
        SESSION_ID = {sql = "CURRENT_SESSION"},
        SCRIPT_USER = exa.meta.current_user,
        COLUMN_NAMES = join(columns, "name"),
        COLUMN_TYPES = join(columns, "type"),
        STATUS = "Exporting",
        SECONDARY_STATUS = registry.NULL,
        FAILURE_REASON = registry.NULL,
        COLUMNS = registry.encode_columns(columns),
        INPUT_SCHEMA = relation.schema,
        INPUT_RELATION = relation.name,
        ROW_COUNT = row_count,
        AWS_REGION = given.aws_region,
        S3_PREFIX = storage.prefix,
        BEST_CANDIDATE = registry.NULL,
        BEST_METRIC_NAME = registry.NULL,
        BEST_METRIC_VALUE = registry.NULL,
        RESOLVED_PROBLEM_TYPE = registry.NULL,
        UPDATED_AT = registry.NOW,
    }
end

local function export(given, relation, columns, storage)
    local files = given.parallelism or FILES_PER_NODE * (exa.meta.node_count or 1)
    local connection = given.aws_credentials_connection_name
    local ok, reason = database.try(
        M.export_statement(relation, columns, connection, storage.input_prefix, files))
    if not ok then
        errors.raise("E-SME-15", "The export of " .. relation.schema .. "." .. relation.name
            .. " to S3 failed: " .. reason .. ". You need the EXPORT privilege, the right to use "
            .. "CONNECTION " .. connection .. ", and its bucket must exist.")
    end
end

local function start(given, target, storage)
    aws.call("start_job", given.aws_credentials_connection_name, given.aws_region, {
        job_name = given.job_name,
        role = given.iam_sagemaker_role,
        s3_input_uri = storage.input_uri,
        s3_output_uri = storage.output_uri,
        target = target.name,
        problem_type = given.problem_type,
        objective = given.objective,
        max_candidates = given.max_candidates,
        max_runtime_for_automl_job_in_seconds = given.max_runtime_for_automl_job_in_seconds,
        max_runtime_per_training_job_in_seconds = given.max_runtime_per_training_job_in_seconds,
        tags = {["sme:job"] = given.job_name},
    })
end

--- Nothing was started: say why in the registry, and take the exported files away.
local function undo(given, storage, reason)
    registry.update(registry.JOBS, given.job_name,
        {STATUS = "NotStarted", FAILURE_REASON = string.sub(reason, 1, 2000)})
    pcall(aws.call, "delete_prefix", given.aws_credentials_connection_name, given.aws_region,
        {bucket = storage.bucket, prefix = storage.prefix})
end

local function result(given, status, storage, row_count, columns)
    return {{given.job_name, status, storage.input_uri, tostring(row_count),
        tostring(#columns - 1)}},
        "JOB_NAME VARCHAR(100), STATUS VARCHAR(50), S3_URI VARCHAR(2000), ROW_COUNT VARCHAR(20), "
        .. "FEATURE_COUNT VARCHAR(20)"
end

--- Tells this training from an earlier attempt under the same job name.
local function time_stamp()
    return database.run("SELECT TO_CHAR(SYSTIMESTAMP, 'YYYYMMDDHH24MISS')")[1][1]
end

--- Trains. The row is written before the job starts, and updated after.
function M.main(json_text)
    local given = M.read_arguments(json_text)
    local relation = dictionary.relation(given.input_schema_name, given.input_table_or_view_name)
    local target = dictionary.column(relation.columns, given.target_attribute_name,
        relation.schema .. "." .. relation.name)
    given.aws_credentials_connection_name =
        dictionary.connection(given.aws_credentials_connection_name)
    local row_count = count_rows(relation)
    if row_count < LEAST_ROWS then
        errors.raise("E-SME-7", relation.schema .. "." .. relation.name .. " has " .. row_count
            .. " rows, but Autopilot trains on no fewer than " .. LEAST_ROWS .. ".")
    end
    local storage = M.storage(given, time_stamp())
    local columns = M.training_columns(relation.columns)
    local checked = aws.call("check_training", given.aws_credentials_connection_name,
        given.aws_region, {job_name = given.job_name, s3_bucket_uri = "s3://" .. storage.bucket})
    if is_started_already(given, checked.known_job) then
        return result(given, checked.known_job.status, storage, row_count, columns)
    end

    registry.save(registry.JOBS, given.job_name,
        registry_values(given, relation, columns, target, storage, row_count))
    errors.with_cleanup(function()
        export(given, relation, columns, storage)
        registry.update(registry.JOBS, given.job_name, {STATUS = "Starting"})
        start(given, target, storage)
    end, function(reason)
        undo(given, storage, reason)
    end)
    registry.update(registry.JOBS, given.job_name,
        {STATUS = "InProgress", SECONDARY_STATUS = "Starting", UPDATED_AT = registry.NOW})
    return result(given, "InProgress", storage, row_count, columns)
end

return M
