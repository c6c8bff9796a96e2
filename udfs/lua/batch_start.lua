--- SME_START_SAGEMAKER_AUTOPILOT_BATCH_PREDICTION: exports rows and starts a transform job on them.
local cjson = require("cjson")
local sql = require("sql")
local errors = require("errors")
local arguments = require("arguments")
local database = require("database")
local dictionary = require("dictionary")
local aws = require("aws")
local registry = require("registry")
local option_values = require("option_values")
local training_data = require("training_data")
local versions = require("versions")
local promotion = require("promotion")
local batch = require("batch")
local batch_data = require("batch_data")

local M = {}

local FILES_PER_NODE = 4
-- AWS holds no more than this in memory, over all requests at a time.
local MOST_MEGABYTES, DEFAULT_MEGABYTES = 100, 6
local RESERVED = {PREDICTIONS = true, PROBABILITY = true, PROBABILITIES = true, LABELS = true}

M.OPTIONS = {
    job_name = {is = "text"},
    model_name = {is = "text"},
    version = {is = "whole number", least = 1},
    candidate_name = {is = "text"},
    input_schema_name = {is = "text"},
    input_table_or_view_name = {is = "text"},
    input_query = {is = "text"},
    key_columns = {is = "list"},
    result_schema_name = {is = "text"},
    result_table_name = {is = "text"},
    instance_type = {is = "text"},
    instance_count = {is = "whole number", least = 1},
    max_payload_in_mb = {is = "whole number", least = 1, most = MOST_MEGABYTES},
    max_concurrent_transforms = {is = "whole number", least = 1},
    parallelism = {is = "whole number", least = 1, most = 1000},
    aws_credentials_connection_name = {is = "text"},
    s3_connection_name = {is = "text"},
    aws_region = {is = "text"},
}

--- The options, each of its type and legal together. Raises E-SME-5, -6, -29, -54 or -60.
function M.read(json_text)
    local given = option_values.read(arguments.read_json(json_text), M.OPTIONS)
    local required = {"result_schema_name", "result_table_name", "instance_type",
        "aws_credentials_connection_name", "aws_region"}
    if given.input_query == nil then
        required[#required + 1] = "input_schema_name"
        required[#required + 1] = "input_table_or_view_name"
    end
    if given.job_name == nil then
        required[#required + 1] = "model_name"
    end
    arguments.require_all(given, required)
    option_values.never_both(given, "job_name", "model_name")
    option_values.never_both(given, "input_query", "input_table_or_view_name")
    local megabytes = (given.max_payload_in_mb or DEFAULT_MEGABYTES)
        * (given.max_concurrent_transforms or 1)
    if megabytes > MOST_MEGABYTES then
        errors.raise("E-SME-54", "max_payload_in_mb times max_concurrent_transforms is " .. megabytes
            .. " MB, but AWS takes no more than " .. MOST_MEGABYTES .. ".")
    end
    given.key_columns = given.key_columns or {}
    given.instance_count = given.instance_count or 1
    return given
end

--- A name that no transform job of the account has had.
--
-- stamp: the time to the millisecond as digits. session: the id of the session.
function M.transform_job_name(job_name, stamp, session)
    local unique = versions.base36(math.tointeger(tonumber(string.sub(stamp, 3)))) .. "-"
        .. versions.base36(math.tointeger(tonumber(string.sub(session, -6))))
    return job_name .. "-batch-" .. unique
end

--- The bucket and the prefix of one batch prediction, beside those of the training.
function M.storage(job, name)
    local bucket = string.match(job.S3_BUCKET_URI, "^s3://([^/]+)") or job.S3_BUCKET_URI
    local path = string.gsub(string.gsub(job.S3_OUTPUT_PATH, "^/+", ""), "/+$", "")
    return bucket, (path ~= "" and path .. "/" or "") .. job.JOB_NAME .. "/" .. name .. "/"
end

local function chosen_job(given)
    local name = given.job_name
    if name == nil then
        local version = given.version or promotion.promoted_version(given.model_name)
        name = versions.completed(given.model_name, version, given.aws_credentials_connection_name,
            given.aws_region).job_name
    end
    local job = registry.find(registry.JOBS, name, {"JOB_NAME", "MODEL_NAME", "COLUMNS",
        "TARGET_ATTRIBUTE_NAME", "IAM_SAGEMAKER_ROLE", "S3_BUCKET_URI", "S3_OUTPUT_PATH", "STATUS"})
    if job == nil or job.COLUMNS == nil then
        errors.raise("E-SME-8", "Job " .. name .. " is not in SME_METADATA_AUTOPILOT_JOBS of "
            .. "schema " .. exa.meta.script_schema .. ", so its columns are not known. Check the "
            .. "name, or train it with sme.train.")
    elseif job.STATUS == "Deleting" then
        errors.raise("E-SME-104", "Job " .. name .. " is being deleted, and its model may be gone. "
            .. "Choose another version, or finish with sme.delete_model.")
    end
    return job
end

-- Raises E-SME-91 where the relation lacks columns that the model reads.
local function check_columns(source, features)
    local known, missing = {}, {}
    for _, column in ipairs(source.columns) do
        known[column.name] = true
    end
    for _, feature in ipairs(features) do
        if not known[feature.name] then
            missing[#missing + 1] = feature.name
        end
    end
    if #missing > 0 then
        errors.raise("E-SME-91", source.title .. " lacks columns that the model was trained on: "
            .. table.concat(missing, ", ") .. ".")
    end
end

--- The names of the columns that pass through: keys, else the columns that the model reads.
local function passed_names(source, keys, features)
    local names = {}
    for i, key in ipairs(keys) do
        names[i] = dictionary.column(source.columns, key, source.title).name
        if RESERVED[names[i]] then
            errors.raise("E-SME-30", "Key " .. key .. " has the name of a column that predictions "
                .. "have themselves. Rename it in a model in front.")
        end
    end
    for i, feature in ipairs(#keys == 0 and features or {}) do
        names[i] = feature.name
    end
    return names
end

-- Raises E-SME-95 for a table that batch predictions have not made: it would be replaced.
local function check_result(schema, name)
    if #dictionary.columns(schema, name) > 0 and not batch.has_written(schema, name) then
        errors.raise("E-SME-95", "Table or view " .. schema .. "." .. name .. " exists and was not "
            .. "made by a batch prediction, which would replace it: drop it, or choose another "
            .. "name for the result.")
    end
end

-- Earlier batch predictions for the same table: what is left of them goes. One whose session
-- still exists goes on, and this one is refused with E-SME-92.
local function replace_earlier(schema, name)
    local earlier = batch.with_leftovers(batch.of_result(schema, name))
    for _, row in ipairs(earlier) do
        if batch.is_under_way(row) and batch.has_owner(row) then
            errors.raise("E-SME-92", "Batch prediction " .. row.TRANSFORM_JOB_NAME .. " (" .. row.STATUS
                .. ") for table " .. schema .. "." .. name .. " belongs to session " .. row.SESSION_ID
                .. " of user " .. row.SCRIPT_USER .. ". Wait for it, or stop it with sme.stop_batch.")
        end
    end
    for _, row in ipairs(earlier) do
        batch.clean(row)
    end
end

-- Everything that is known before anything is written.
local function prepared(given)
    given.aws_credentials_connection_name =
        dictionary.connection(given.aws_credentials_connection_name)
    given.s3_connection_name = given.s3_connection_name ~= nil
        and dictionary.connection(given.s3_connection_name) or given.aws_credentials_connection_name
    local stamp = database.run(
        "SELECT TO_CHAR(SYSTIMESTAMP, 'YYYYMMDDHH24MISSFF3'), CAST(CURRENT_SESSION AS VARCHAR(30))")[1]
    local job = chosen_job(given)
    local checked = aws.call("check_transform", given.aws_credentials_connection_name,
        given.aws_region, {job_name = job.JOB_NAME, candidate_name = given.candidate_name,
        s3_connection = given.s3_connection_name, s3_bucket_uri = job.S3_BUCKET_URI})
    if checked.problem_type == "TimeSeriesForecasting" then
        errors.raise("E-SME-90", "Job " .. job.JOB_NAME .. " is a forecast, which sees each series as "
            .. "a whole, and a batch prediction sends rows. Deploy it and use sme.forecast.")
    end
    local features, target =
        registry.split_target(registry.decode_columns(job.COLUMNS), job.TARGET_ATTRIBUTE_NAME)
    local source = training_data.source(given)
    check_columns(source, features)
    local schema = dictionary.schema(given.result_schema_name)
    check_result(schema, given.result_table_name)
    local name = M.transform_job_name(job.JOB_NAME, stamp[1], stamp[2])
    local bucket, prefix = M.storage(job, name)
    local passed = passed_names(source, given.key_columns, features)
    return {given = given, job = job, source = source, features = features, passed = passed,
        knows_bucket = checked.knows_bucket, row = {
        TRANSFORM_JOB_NAME = name,
        JOB_NAME = job.JOB_NAME,
        CANDIDATE_NAME = checked.candidate,
        RESULT_SCHEMA = schema,
        RESULT_TABLE = given.result_table_name,
        INPUT_RELATION = source.title,
        KEY_COLUMNS = cjson.encode(passed),
        HAS_KEYS = #given.key_columns > 0,
        FIELD_COUNT = #features,
        PROBLEM_TYPE = checked.problem_type,
        TARGET_TYPE = target.type,
        RESPONSE_KEYS = cjson.encode(checked.response_keys),
        AWS_CREDENTIALS_CONNECTION_NAME = given.aws_credentials_connection_name,
        S3_CONNECTION_NAME = given.s3_connection_name,
        AWS_REGION = given.aws_region,
        S3_BUCKET = bucket,
        S3_PREFIX = prefix,
        INSTANCE_TYPE = given.instance_type,
        INSTANCE_COUNT = given.instance_count,
        STATUS = "Exporting",
        SESSION_ID = registry.SESSION,
        SCRIPT_USER = exa.meta.current_user,
        CREATED_AT = registry.NOW,
        UPDATED_AT = registry.NOW,
    }}
end

--- What start_transform of udfs/python/actions.py takes.
function M.request(prediction)
    local given, row, job = prediction.given, prediction.row, prediction.job
    return {
        job_name = job.JOB_NAME,
        candidate_name = row.CANDIDATE_NAME,
        role = job.IAM_SAGEMAKER_ROLE,
        field_count = row.FIELD_COUNT,
        instance_type = given.instance_type,
        instance_count = given.instance_count,
        max_payload_in_mb = given.max_payload_in_mb,
        max_concurrent_transforms = given.max_concurrent_transforms,
        tags = {["sme:job"] = job.JOB_NAME, ["sme:model"] = job.MODEL_NAME,
            ["sme:schema"] = exa.meta.script_schema},
    }
end

-- Numbers the rows and counts them. Raises E-SME-91 for rows that no line of CSV can hold.
local function stage(prediction)
    local row, features = prediction.row, prediction.features
    local rows_table = batch.rows_table(row)
    database.run(batch_data.rows_statement(rows_table, prediction.source, prediction.passed, features))
    local counted = database.run(batch_data.profile_statement(rows_table, features))[1]
    local broken = database.value(counted[2])
    if broken > 0 then
        errors.raise("E-SME-91", broken .. " rows of " .. prediction.source.title .. " cannot be "
            .. "predicted in batch: their texts hold line breaks, at which AWS splits files, or they "
            .. "are empty. Leave them out or mend them in a model in front, or use sme.predict.")
    end
    batch.update(row, {ROW_COUNT = database.value(counted[1])})
end

local function export(prediction)
    local given, row = prediction.given, prediction.row
    local files = given.parallelism or FILES_PER_NODE * (exa.meta.node_count or 1)
    local ok, reason = database.try(batch_data.export_statement(batch.rows_table(row), row.FIELD_COUNT,
        row.S3_CONNECTION_NAME, row.S3_PREFIX .. "input/", math.max(files, given.instance_count)))
    if not ok then
        errors.raise("E-SME-15", "The export of " .. prediction.source.title .. " to S3 failed: "
            .. reason .. ". You need the EXPORT privilege, the right to use CONNECTION "
            .. row.S3_CONNECTION_NAME .. ", and its bucket must exist.")
    end
    if not prediction.knows_bucket then
        batch.call(row, "check_export", {s3_connection = row.S3_CONNECTION_NAME})
    end
end

--- Starts a batch prediction. Its row is written before anything is made, and updated after. The
-- script does not wait: see SME_WAIT_SAGEMAKER_AUTOPILOT_BATCH_PREDICTION.
function M.main(json_text)
    local prediction = prepared(M.read(json_text))
    local row = prediction.row
    replace_earlier(row.RESULT_SCHEMA, row.RESULT_TABLE)
    batch.register(row)
    errors.with_cleanup(function()
        stage(prediction)
        if row.ROW_COUNT == 0 then
            -- nothing to ask AWS for
            batch.update(row, {STATUS = "Completed"})
            return
        end
        export(prediction)
        batch.update(row, {STATUS = "Starting"})
        batch.note(row, batch.call(row, "start_transform", M.request(prediction)))
    end, function(reason)
        row.FAILURE_REASON = string.sub(reason, 1, 2000)
        batch.clean(row, "NotStarted")
    end)
    return {{row.TRANSFORM_JOB_NAME, row.STATUS, tostring(row.ROW_COUNT), row.JOB_NAME,
        row.CANDIDATE_NAME}},
        "TRANSFORM_JOB_NAME VARCHAR(100), STATUS VARCHAR(50), ROW_COUNT VARCHAR(20), "
        .. "JOB_NAME VARCHAR(100), CANDIDATE_NAME VARCHAR(200)"
end

return M
