--- SME_DEPLOY_SAGEMAKER_AUTOPILOT_ENDPOINT: serves the best candidate of a job, and makes the
-- UDF that calls it.
local errors = require("errors")
local arguments = require("arguments")
local dictionary = require("dictionary")
local aws = require("aws")
local registry = require("registry")
local endpoint_objects = require("endpoint_objects")

local M = {}

--- Columns that the model reads, and the target. Sample weights are for training only.
function M.split_target(columns, target_name)
    local features, target = {}, nil
    for _, column in ipairs(columns) do
        if column.name == target_name then
            target = column
        elseif column.role ~= "weight" then
            features[#features + 1] = column
        end
    end
    return features, target
end

local function known_job(job_name)
    local job = registry.find(registry.JOBS, job_name,
        {"JOB_NAME", "COLUMNS", "TARGET_ATTRIBUTE_NAME", "IAM_SAGEMAKER_ROLE"})
    if job == nil or job.COLUMNS == nil then
        errors.raise("E-SME-8", "Job " .. job_name .. " is not in SME_METADATA_AUTOPILOT_JOBS of "
            .. "schema " .. exa.meta.script_schema .. ", so its columns are not known. Check the "
            .. "name, or train it with sme.train.")
    end
    return job
end

-- Raises E-SME-13 where the name belongs to something that sme must not replace.
local function check_name_is_free(schema, endpoint_name)
    local udf = endpoint_objects.find_udf(schema, endpoint_name)
    if udf.exists and not udf.is_endpoint then
        errors.raise("E-SME-13", "A script named " .. endpoint_name .. " exists in schema " .. schema
            .. " and was not made by sme: choose another endpoint_name or schema_name.")
    end
    local row = registry.find(registry.ENDPOINTS, endpoint_name, {"ENDPOINT_NAME", "STATUS"})
    local is_live = row ~= nil and row.STATUS ~= "Deleted" and row.STATUS ~= "NotDeployed"
    if is_live and row.ENDPOINT_NAME ~= endpoint_name then
        errors.raise("E-SME-13", "Endpoint " .. row.ENDPOINT_NAME .. " exists, and AWS takes names "
            .. "that differ in case only for the same: write it so, or choose another name.")
    end
end

-- After a deployment that failed: the registry says what AWS has, and if that is nothing, what
-- the deployment has made so far goes.
local function undo(request, connection, region, reason)
    local known, endpoint = pcall(aws.call, "describe_endpoint", connection, region,
        {endpoint_name = request.endpoint_name})
    local exists = known and endpoint.status ~= "Deleted"
    if known and not exists then
        pcall(aws.call, "delete_endpoint", connection, region,
            {endpoint_name = request.endpoint_name})
    end
    registry.update(registry.ENDPOINTS, request.endpoint_name, {
        STATUS = exists and endpoint.status or "NotDeployed",
        FAILURE_REASON = string.sub(reason, 1, 2000),
        UPDATED_AT = registry.NOW,
    })
end

--- Deploys. Where there is no endpoint yet, the row is written before anything is created in
-- AWS, and updated after. The script does not wait for the endpoint: see SME_WAIT_SAGEMAKER_AUTOPILOT_ENDPOINT.
function M.main(job_name, endpoint_name, schema_name, instance_type, instance_count, connection,
        region)
    arguments.require_all({job_name = job_name, endpoint_name = endpoint_name,
        schema_name = schema_name, instance_type = instance_type, instance_count = instance_count,
        aws_s3_connection = connection, aws_region = region},
        {"job_name", "endpoint_name", "schema_name", "instance_type", "instance_count",
        "aws_s3_connection", "aws_region"})
    arguments.check_name("endpoint", endpoint_name, 63)
    local count = arguments.whole_number("instance_count", instance_count, 1)
    local schema = dictionary.schema(schema_name)
    connection = dictionary.connection(connection)
    local job = known_job(job_name)
    check_name_is_free(schema, endpoint_name)
    local features, target =
        M.split_target(registry.decode_columns(job.COLUMNS), job.TARGET_ATTRIBUTE_NAME)
    local request = {
        job_name = job.JOB_NAME,
        endpoint_name = endpoint_name,
        role = job.IAM_SAGEMAKER_ROLE,
        instance_type = instance_type,
        instance_count = count,
    }
    local checked = aws.call("check_deployment", connection, region, request)

    local row = {
        JOB_NAME = job.JOB_NAME,
        CANDIDATE_NAME = checked.candidate,
        UDF_SCHEMA = schema,
        AWS_CREDENTIALS_CONNECTION_NAME = connection,
        AWS_REGION = region,
        INSTANCE_TYPE = instance_type,
        INSTANCE_COUNT = count,
        MODEL_NAME = checked.model_name,
        ENDPOINT_CONFIG_NAME = checked.config_name,
        PROBLEM_TYPE = checked.problem_type,
        TARGET_ATTRIBUTE_NAME = target.name,
        COLUMNS = registry.encode_columns(features),
        STATUS = "Creating",
        FAILURE_REASON = registry.NULL,
        SCRIPT_USER = exa.meta.current_user,
        CREATED_AT = registry.NOW,
        UPDATED_AT = registry.NOW,
    }
    local objects = {name = endpoint_name, schema = schema, features = features, target = target,
        problem_type = checked.problem_type, response_keys = checked.response_keys,
        model_name = checked.model_name,
        connection = connection, region = region}
    local endpoint
    if checked.endpoint_exists then
        -- What serves now goes on serving, and the registry says so, until AWS takes the update.
        endpoint = aws.call("deploy_endpoint", connection, region, request)
        row.STATUS = endpoint.status
        registry.save(registry.ENDPOINTS, endpoint_name, row)
        endpoint_objects.create(objects)
    else
        registry.save(registry.ENDPOINTS, endpoint_name, row)
        endpoint = errors.with_cleanup(function()
            endpoint_objects.create(objects)
            return aws.call("deploy_endpoint", connection, region, request)
        end, function(reason)
            undo(request, connection, region, reason)
        end)
        registry.update(registry.ENDPOINTS, endpoint_name, {STATUS = endpoint.status})
    end
    return {{endpoint_name, endpoint.status, job.JOB_NAME, checked.candidate, schema}},
        "ENDPOINT_NAME VARCHAR(100), STATUS VARCHAR(50), JOB_NAME VARCHAR(100), "
        .. "CANDIDATE_NAME VARCHAR(200), UDF_SCHEMA VARCHAR(200)"
end

return M
