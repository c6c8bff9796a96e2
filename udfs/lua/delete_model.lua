--- SME_DELETE_SAGEMAKER_AUTOPILOT_MODEL: versions of a model with their data in S3.
local sql = require("sql")
local errors = require("errors")
local arguments = require("arguments")
local database = require("database")
local dictionary = require("dictionary")
local aws = require("aws")
local registry = require("registry")
local option_values = require("option_values")
local attempts = require("attempts")
local versions = require("versions")
local promotion = require("promotion")
local batch = require("batch")

local M = {}

M.OPTIONS = {
    model_name = {is = "text"},
    version = {is = "whole number", least = 1},
    stop_jobs = {is = "boolean"},
    aws_credentials_connection_name = {is = "text"},
    aws_region = {is = "text"},
}
-- What the registry knows of a job beside its own row.
local DETAILS = {"SME_METADATA_AUTOPILOT_CANDIDATES", "SME_METADATA_AUTOPILOT_CANDIDATE_METRICS",
    "SME_METADATA_AUTOPILOT_FEATURE_IMPORTANCE", batch.TRANSFORMS.table_name}
local RUNNING = {InProgress = true, Stopping = true}
-- One call waits so long, in seconds, for AWS to stop what runs.
local PATIENCE = 10

local function chosen_versions(given)
    local chosen = {}
    for _, row in ipairs(versions.all_of(given.model_name)) do
        if given.version == nil or row.version == given.version then
            chosen[#chosen + 1] = row
        end
    end
    return chosen
end

-- Raises E-SME-97 for a version that an endpoint serves, or is being updated to.
local function check_not_served(row)
    local found = database.run("SELECT ENDPOINT_NAME, STATUS FROM "
        .. sql.qualified(exa.meta.script_schema, registry.ENDPOINTS.table_name)
        .. " WHERE UPPER(" .. sql.literal(row.job_name) .. ") IN (UPPER(JOB_NAME), "
        .. "UPPER(JSON_VALUE(PENDING, '$.values.JOB_NAME')))"
        .. " AND STATUS NOT IN ('Deleted', 'NotDeployed') ORDER BY ENDPOINT_NAME")
    if #found > 0 then
        errors.raise("E-SME-97", "Version " .. row.version .. " of model " .. row.model_name
            .. " is served by endpoint " .. found[1][1] .. " (" .. found[1][2]
            .. "). Delete the endpoint first, with sme.delete_endpoint.")
    end
end

--- What runs for a version: its training, and its batch predictions, as {name =, is_training =}.
-- What batch predictions that ended have left is deleted.
local function running(row, given)
    local works = {}
    local job = aws.call("find_job", given.connection, row.region or given.aws_region,
        {job_name = row.job_name}).known_job
    if row.at_work or (job ~= nil and RUNNING[job.status]) then
        works[1] = {name = row.job_name, is_training = true, is_starting = job == nil}
    end
    for _, prediction in ipairs(batch.with_leftovers(batch.of_job(row.job_name))) do
        if batch.is_under_way(prediction) then
            works[#works + 1] = {name = prediction.TRANSFORM_JOB_NAME, row = prediction}
        else
            batch.clean(prediction)
        end
    end
    return works
end

-- Stops a training or batch prediction and waits a moment. Gives whether it has stopped.
local function stop(work, given, region)
    if not work.is_training then
        batch.clean(work.row)
        if work.row.STATUS == "Stopping" then
            batch.note(work.row, batch.call(work.row, "wait_for_transform",
                {known = "Stopping", seconds = PATIENCE}))
        end
        return work.row.STATUS ~= "Stopping"
    end
    aws.call("stop_job", given.connection, region, {job_name = work.name})
    local job = aws.call("wait_for_job", given.connection, region,
        {job_name = work.name, known = {"Stopping", "Stopping"}, seconds = PATIENCE})
    registry.note_job(work.name, job)
    return not RUNNING[job.status]
end

-- Raises E-SME-98 for what runs, unless it is to be stopped. Gives whether nothing runs any more.
local function quiet(row, given)
    local has_stopped = true
    for _, work in ipairs(running(row, given)) do
        if not given.stop_jobs or work.is_starting then
            errors.raise("E-SME-98", "Version " .. row.version .. " of model " .. row.model_name
                .. " is still at work: " .. work.name .. ". Wait for it, or give stop_jobs.")
        end
        has_stopped = stop(work, given, row.region or given.aws_region) and has_stopped
    end
    return has_stopped
end

-- The row says that its data goes before they go, and is itself the last to go: an interrupted
-- deletion is found and finished by the next.
local function delete(row, given)
    registry.update(registry.JOBS, row.job_name, {STATUS = "Deleting", UPDATED_AT = registry.NOW})
    local count = 0
    if row.prefix ~= nil then
        count = attempts.delete_export({connection = given.connection,
            region = row.region or given.aws_region}, row.bucket_uri, row.prefix)
    end
    promotion.forget(row.model_name, row.version)
    for _, table_name in ipairs(DETAILS) do
        database.run("DELETE FROM " .. sql.qualified(exa.meta.script_schema, table_name)
            .. " WHERE " .. batch.of_job(row.job_name))
    end
    database.run("DELETE FROM " .. sql.qualified(exa.meta.script_schema, registry.JOBS.table_name)
        .. " WHERE " .. batch.of_job(row.job_name))
    database.commit()
    return math.tointeger(count) .. " objects in " .. row.bucket_uri
        .. (row.prefix == nil and ", which has no prefix of this job alone" or " below " .. row.prefix)
end

local function forget_model(model_name)
    if #versions.all_of(model_name) == 0 then
        database.run("DELETE FROM "
            .. sql.qualified(exa.meta.script_schema, registry.MODELS.table_name)
            .. " WHERE " .. registry.same_key(registry.MODELS, model_name))
        database.commit()
    end
end

--- Deletes a version of a model, or all: training data and artifacts below the prefixes of their
-- jobs, and their rows. AWS keeps the names of jobs for good. Repeating it deletes what an
-- interrupted deletion has left, and nothing left is no error. With stop_jobs it stops what runs,
-- which takes AWS a moment: a version that is Stopping is deleted the next time.
function M.main(json_text)
    local given = option_values.read(arguments.read_json(json_text), M.OPTIONS)
    arguments.require_all(given, {"model_name", "aws_credentials_connection_name", "aws_region"})
    given.connection = dictionary.connection(given.aws_credentials_connection_name)
    local chosen = chosen_versions(given)
    for _, row in ipairs(chosen) do
        check_not_served(row)
    end
    local result = {}
    local all_quiet = true
    for i, row in ipairs(chosen) do
        all_quiet = quiet(row, given) and all_quiet
        result[i] = {row.model_name, tostring(row.version), row.job_name, "Stopping", "nothing yet"}
    end
    if all_quiet then
        for i, row in ipairs(chosen) do
            result[i][5] = delete(row, given)
            result[i][4] = "Deleted"
        end
        forget_model(given.model_name)
    end
    if #chosen == 0 then
        local version = given.version ~= nil and tostring(given.version) or null
        result[1] = {given.model_name, version, null, "Deleted",
            "unknown to the registry, so nothing to delete"}
    end
    return result, "MODEL_NAME VARCHAR(100), VERSION VARCHAR(20), JOB_NAME VARCHAR(100), "
        .. "STATUS VARCHAR(50), DELETED VARCHAR(2000)"
end

return M
