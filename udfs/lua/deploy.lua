--- Deploying: serves a candidate of a job, and makes the UDF that calls it.
local cjson = require("cjson")
local errors = require("errors")
local arguments = require("arguments")
local database = require("database")
local dictionary = require("dictionary")
local aws = require("aws")
local registry = require("registry")
local endpoint_options = require("endpoint_options")
local endpoint_rows = require("endpoint_rows")
local endpoint_objects = require("endpoint_objects")
local settling = require("settling")

local M = {}

local EXPIRY_TAG = "sme:expires-at"

local function known_job(job_name)
    local job = registry.find(registry.JOBS, job_name, {"JOB_NAME", "COLUMNS",
        "TARGET_ATTRIBUTE_NAME", "IAM_SAGEMAKER_ROLE", "MODEL_NAME", "VERSION"})
    if job == nil or job.COLUMNS == nil then
        errors.raise("E-SME-8", "Job " .. job_name .. " is not in SME_METADATA_AUTOPILOT_JOBS of "
            .. "schema " .. exa.meta.script_schema .. ", so its columns are not known. Check the "
            .. "name, or train it with sme.train.")
    end
    return job
end

-- Raises E-SME-13 where the name belongs to something that sme must not replace.
local function check_name_is_free(schema, endpoint_name, row)
    local udf = endpoint_objects.find_udf(schema, endpoint_name)
    if udf.exists and not udf.is_endpoint then
        errors.raise("E-SME-13", "A script named " .. endpoint_name .. " exists in schema " .. schema
            .. " and was not made by sme: choose another endpoint_name or schema_name.")
    end
    if endpoint_rows.is_live(row) and row.ENDPOINT_NAME ~= endpoint_name then
        errors.raise("E-SME-13", "Endpoint " .. row.ENDPOINT_NAME .. " exists, and AWS takes names "
            .. "that differ in case only for the same: write it so, or choose another name.")
    end
end

--- The tags of an endpoint after a deployment: those it has, and those that are given.
--
-- The moment when it expires stays, unless a time to live is given.
function M.merged_tags(current, given, has_time_to_live)
    local tags, expires_at = {}, nil
    for key, value in pairs(current) do
        if key == EXPIRY_TAG and not has_time_to_live then
            expires_at = value
        elseif not string.match(key, "^sme:") then
            tags[key] = value
        end
    end
    for key, value in pairs(given or {}) do
        tags[key] = value
    end
    return tags, expires_at
end

-- The request that the actions of udfs/python/deployment.py take.
local function request_of(given, job, row)
    local is_live = endpoint_rows.is_live(row)
    local current_tags = is_live and row.TAGS ~= nil and cjson.decode(row.TAGS) or {}
    local tags, expires_at =
        M.merged_tags(current_tags, given.tags, given.time_to_live_hours ~= nil)
    local request = {
        job_name = job.JOB_NAME,
        candidate_name = given.candidate_name,
        endpoint_name = given.endpoint_name,
        role = job.IAM_SAGEMAKER_ROLE,
        time_to_live_hours = given.time_to_live_hours,
        tags = tags,
        expires_at = expires_at,
        model = job.MODEL_NAME or job.JOB_NAME,
        version = job.VERSION or 1,
        schema = exa.meta.script_schema,
        is_scaled = is_live and row.MAX_INSTANCE_COUNT ~= nil,
    }
    local size = endpoint_options.size(given, is_live and endpoint_rows.size(row) or nil)
    for name, value in pairs(size) do
        request[name] = value
    end
    return request, size
end

-- What the row says when AWS serves it, and what the database then needs.
local function served(given, job, request, checked, place)
    local features, target =
        registry.split_target(registry.decode_columns(job.COLUMNS), job.TARGET_ATTRIBUTE_NAME)
    local values = {
        JOB_NAME = job.JOB_NAME,
        CANDIDATE_NAME = checked.candidate,
        MODEL_NAME = request.model,
        VERSION = request.version,
        UDF_SCHEMA = place.schema,
        AWS_CREDENTIALS_CONNECTION_NAME = place.connection,
        AWS_REGION = given.aws_region,
        SAGEMAKER_MODEL_NAME = checked.model_name,
        ENDPOINT_CONFIG_NAME = checked.config_name,
        PROBLEM_TYPE = checked.problem_type,
        TARGET_ATTRIBUTE_NAME = target.name,
        COLUMNS = registry.encode_columns(features),
        TAGS = cjson.encode(checked.tags),
        SCRIPT_USER = exa.meta.current_user,
        DBT_INVOCATION_ID = given.dbt_invocation_id,
    }
    for _, name in ipairs(endpoint_options.SIZE) do
        values[string.upper(name)] = request[name]
    end
    local objects = {name = given.endpoint_name, schema = place.schema, features = features,
        target = target, problem_type = checked.problem_type,
        response_keys = checked.response_keys, model_name = checked.model_name,
        is_serverless = request.serverless_memory_mb ~= nil,
        connection = place.connection, region = given.aws_region}
    return values, objects
end

-- When the endpoint expires, for the row. Without a time to live an endpoint keeps what it has.
local function expiry(given)
    local hours = given.time_to_live_hours
    if hours == nil or hours == 0 then
        return hours == 0 and registry.NULL or nil
    end
    return {sql = "ADD_HOURS(SYSTIMESTAMP, " .. hours .. ")"}
end

-- After a deployment that failed: the registry says what AWS has, and if that is nothing, what
-- the deployment has made so far goes, in AWS and in the database.
local function undo(request, place, region, reason)
    local known, endpoint = pcall(aws.call, "describe_endpoint", place.connection, region,
        {endpoint_name = request.endpoint_name})
    local is_gone = known and endpoint.status == "Deleted"
    if is_gone then
        pcall(aws.call, "delete_endpoint", place.connection, region,
            {endpoint_name = request.endpoint_name})
    end
    registry.update(registry.ENDPOINTS, request.endpoint_name, {
        -- What cannot be known now is still on record as what may be charged.
        STATUS = is_gone and "NotDeployed" or known and endpoint.status or "Creating",
        FAILURE_REASON = string.sub(reason, 1, 2000),
        UPDATED_AT = registry.NOW,
    })
    if is_gone then
        -- Committed, for the script ends with an error, which would take it back.
        endpoint_objects.drop(request.endpoint_name, {place.schema})
        database.commit()
    end
end

-- Creates an endpoint. The row is written before anything is created in AWS, and updated after.
local function create(given, request, place, values, objects)
    local row = endpoint_rows.served(values)
    row.STATUS, row.PENDING, row.FAILURE_REASON = "Creating", registry.NULL, registry.NULL
    row.EXPIRES_AT = expiry(given) or registry.NULL
    row.CREATED_AT, row.UPDATED_AT = registry.NOW, registry.NOW
    registry.save(registry.ENDPOINTS, given.endpoint_name, row)
    local endpoint = errors.with_cleanup(function()
        endpoint_objects.create(objects)
        aws.call("prepare_deployment", place.connection, given.aws_region, request)
        return aws.call("start_deployment", place.connection, given.aws_region, request)
    end, function(reason)
        undo(request, place, given.aws_region, reason)
    end)
    registry.update(registry.ENDPOINTS, given.endpoint_name, {STATUS = endpoint.status})
    return endpoint.status
end

-- Puts the row back as it was before an update that AWS did not take, with its scaling.
local function keep(row, place, region)
    registry.update(registry.ENDPOINTS, row.ENDPOINT_NAME, {PENDING = registry.NULL})
    row.PENDING = nil
    settling.settle(row, aws.call("describe_endpoint", place.connection, region,
        {endpoint_name = row.ENDPOINT_NAME}))
end

-- Updates an endpoint in place. What serves goes on serving, and row and UDF describe it, until
-- AWS has taken the update: what is to come is only on record as pending. Where AWS serves this
-- already nothing is created, but row, UDF, scaling and tags become as they should be.
local function update(given, request, place, values, objects, checked, row)
    local name = given.endpoint_name
    if not checked.is_current then
        aws.call("prepare_deployment", place.connection, given.aws_region, request)
    end
    local changes = {PENDING = endpoint_rows.encode_pending(values, objects),
        STATUS = checked.is_current and checked.endpoint.status or "Updating",
        FAILURE_REASON = registry.NULL, EXPIRES_AT = expiry(given), UPDATED_AT = registry.NOW}
    if row == nil then
        -- An endpoint of a registry that is lost: what it serves now is not known.
        for column, value in pairs(endpoint_rows.served(values)) do
            changes[column] = value
        end
        changes.CREATED_AT = registry.NOW
        registry.save(registry.ENDPOINTS, name, changes)
    else
        registry.update(registry.ENDPOINTS, name, changes)
    end
    local endpoint = checked.is_current and checked.endpoint or errors.with_cleanup(function()
        return aws.call("start_deployment", place.connection, given.aws_region, request)
    end, function()
        if row ~= nil then
            keep(endpoint_rows.find(name), place, given.aws_region)
        end
    end)
    return settling.settle(endpoint_rows.find(name), endpoint).STATUS
end

--- Deploys what endpoint_options.check has checked, but for the name of the job, which is given.
-- The script does not wait for the endpoint: see SME_WAIT_SAGEMAKER_AUTOPILOT_ENDPOINT.
function M.deploy(given)
    local place = {schema = dictionary.schema(given.schema_name),
        connection = dictionary.connection(given.aws_credentials_connection_name)}
    local job = known_job(given.job_name)
    local row = endpoint_rows.find_in(given.aws_region, given.endpoint_name)
    check_name_is_free(place.schema, given.endpoint_name, row)
    if endpoint_rows.is_live(row) then
        -- What an earlier deployment left undone, so that this one starts from what serves.
        row = settling.settle(row, aws.call("describe_endpoint", place.connection,
            given.aws_region,
            {endpoint_name = row.ENDPOINT_NAME, account = endpoint_rows.account(row)}))
    end
    local request, size = request_of(given, job, row)
    local checked = aws.call("check_deployment", place.connection, given.aws_region, request)
    request.candidate_name, request.tags = checked.candidate, checked.tags
    local values, objects = served(given, job, request, checked, place)
    local status
    if checked.endpoint == nil then
        status = create(given, request, place, values, objects)
    else
        status = update(given, request, place, values, objects, checked, row)
    end
    return {{given.endpoint_name, status, job.JOB_NAME, checked.candidate, place.schema,
        endpoint_options.size_text(size)}},
        "ENDPOINT_NAME VARCHAR(100), STATUS VARCHAR(50), JOB_NAME VARCHAR(100), "
        .. "CANDIDATE_NAME VARCHAR(200), UDF_SCHEMA VARCHAR(200), SERVED_ON VARCHAR(200)"
end

--- SME_DEPLOY_SAGEMAKER_AUTOPILOT_ENDPOINT, as the predecessor had it: the best candidate of a
-- job on instances.
function M.main(job_name, endpoint_name, schema_name, instance_type, instance_count, connection,
        region)
    arguments.require_all({job_name = job_name, endpoint_name = endpoint_name,
        schema_name = schema_name, instance_type = instance_type, instance_count = instance_count,
        aws_s3_connection = connection, aws_region = region},
        {"job_name", "endpoint_name", "schema_name", "instance_type", "instance_count",
        "aws_s3_connection", "aws_region"})
    return M.deploy(endpoint_options.check({job_name = job_name, endpoint_name = endpoint_name,
        schema_name = schema_name, instance_type = instance_type, instance_count = instance_count,
        aws_credentials_connection_name = connection, aws_region = region}))
end

return M
